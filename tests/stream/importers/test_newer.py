"""What this version of whipbird would add, compared with what is installed."""

import pytest

from whipbird.importers import birdnet
from whipbird.importers.newer import compare
from whipbird.models.card import Card


def card(**changes):
    fields = birdnet.birdnet_card(["Strix aluco", "Dog"], "FP32")
    return Card.model_validate({**fields, "sha256": birdnet.BUNDLE_SHA256, **changes})


def test_a_model_that_would_be_the_same_is_current():
    assert compare("birdnet", card()).is_current


def test_a_model_of_the_user_is_not_known():
    assert compare("owls", card()) is None


@pytest.mark.parametrize(
    ("changes", "files", "settings"),
    [
        ({"version": "2.3"}, (), ()),
        ({"sha256": birdnet.BUNDLE_SHA256 | {"names.csv": "0"}}, ("names.csv",), ()),
        ({"hop_s": 3.0, "debounce": {"*": {"on": 0.5, "off": 0.4}}}, (), ("hop_s", "debounce")),
        ({"sha256": birdnet.BUNDLE_SHA256 | {"model.tflite": "0"}, "results": {"variant": "FP16"}}, (), ()),
    ],
    ids=["version", "file", "settings", "variant"],
)
def test_what_differs_is_named(changes, files, settings):
    found = compare("birdnet", card(**changes))
    assert (found.files, found.settings) == (files, settings)
    assert found.is_current == (not files and not settings and "version" not in changes)
