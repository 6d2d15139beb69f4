"""``whipbird models remove``: remove a model of the user."""

import pytest

from command_line import as_objects, check_refused, whipbird_here
from terminals import whipbird_in_terminal


def remove(*arguments):
    return whipbird_here("models", "remove", *arguments)


def test_a_model_is_removed(owls):
    assert remove("owls", "--yes").stdout == f"removed {owls}\n"
    assert list(owls.parent.iterdir()) == []


def test_json_says_what_was_removed(owls):
    assert as_objects(remove("owls", "--yes", "--json").stdout) == [{"removed": "owls", "folder": str(owls)}]


def test_it_asks_first(owls):
    check_refused(remove("owls"), 1, "This can only be asked in a terminal; elsewhere, --yes says yes")
    code, out, screen = whipbird_in_terminal("models", "remove", "owls", answers=["no"])
    assert (code, out) == (0, "nothing was removed\n")
    assert f"Remove {owls}" in screen
    assert owls.is_dir()


def test_a_damaged_model_can_be_removed(owls):
    (owls / "card.json").write_text("{")
    assert remove("owls", "--yes").returncode == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("commands", "commands comes with whipbird and cannot be removed"),
        ("owlz", "you have no model named 'owlz'; did you mean 'owls'? use one of owls"),
        ("../models/owls", "you have no model named '../models/owls'"),
    ],
)
def test_what_is_not_the_users_stays(owls, shipped, name, message):
    check_refused(remove(name, "--yes"), 1, message)
    assert owls.is_dir()
