"""Damaged files are named in a line without Python's own words."""

import json
from pathlib import Path

import pytest

from whipbird.errors import WhipbirdError
from whipbird.system.damage import damage_of


def integer(text):
    raise ValueError(f"{text} is no number of birds")


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (lambda: json.loads("{\n1"), "no JSON in line 2, column 1"),
        (lambda: b"\xff".decode(), "it holds bytes that are not UTF-8"),
        (lambda: {}["settings"], "a value in it is missing or of the wrong kind"),
        (lambda: len(3), "a value in it is missing or of the wrong kind"),
        (lambda: integer("-1"), "-1 is no number of birds"),
        (lambda: 10.0**400, "it holds more than can be read"),
    ],
)
def test_the_reason_is_for_people(read, reason):
    with pytest.raises(WhipbirdError) as caught, damage_of(Path("scan.json")):
        read()
    assert str(caught.value) == f"scan.json: is damaged: {reason}"
