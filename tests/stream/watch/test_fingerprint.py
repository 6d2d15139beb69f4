"""The fingerprint changes with anything that changes what is detected."""

import shutil

import pytest

from whipbird.models.model import Model
from whipbird.watch.fingerprint import listening_fingerprint


@pytest.fixture
def changed(commands, bundle):
    """Make the same model with another card."""

    def make(**fields):
        model = Model(str(bundle))
        model.card = commands.card.model_copy(update=fields)
        return model

    return make


def test_the_location_of_the_files_does_not_matter(commands, bundle, tmp_path):
    elsewhere = Model(str(shutil.copytree(bundle, tmp_path / "elsewhere")))
    assert listening_fingerprint([elsewhere], None, None) == listening_fingerprint([commands], None, None)


def test_descriptions_do_not_matter(commands, changed):
    assert listening_fingerprint([changed(description="new", results={})], None, None) == listening_fingerprint(
        [commands], None, None
    )


def test_order_does_not_matter(commands, lecture):
    labels = frozenset({"yes", "no"})
    assert listening_fingerprint([commands, lecture], 1, labels) == listening_fingerprint(
        [lecture, commands], 1, frozenset({"no", "yes"})
    )


def test_models_and_settings_matter(commands, lecture, changed):
    settings = {label: one.model_copy(update={"on": 0.99}) for label, one in commands.card.debounce.items()}
    fingerprints = [
        listening_fingerprint([commands], None, None),
        listening_fingerprint([commands], 1, None),
        listening_fingerprint([commands], None, frozenset({"yes"})),
        listening_fingerprint([lecture], None, None),
        listening_fingerprint([commands, lecture], None, None),
        listening_fingerprint([changed(debounce=settings)], None, None),
        listening_fingerprint([changed(sha256={"model.tflite": "another"})], None, None),
    ]
    assert len(set(fingerprints)) == len(fingerprints)
