"""Bundles are found by name, those of a user first."""

import sys

import pytest

from spoilt_bundles import edit
from whipbird.errors import BundleError
from whipbird.importers.catalog import FAMILIES
from whipbird.models.bundle import ADDABLE, find_bundles, locate, shipped_folder, user_folder
from whipbird.models.model import Model


def test_shipped_bundles_are_found_by_name(shipped):
    assert find_bundles()["commands"] == shipped_folder() / "commands"
    assert Model("commands").card.name == "commands"


@pytest.mark.skipif(sys.platform != "linux", reason="$XDG_DATA_HOME moves a user's data only on Linux")
def test_a_users_bundle_hides_a_shipped_one(bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert user_folder() == tmp_path / "home" / "whipbird" / "models"
    assert find_bundles()["commands"].parent == shipped_folder()
    user_folder().mkdir(parents=True)
    edit(bundle, lambda card: card.update(version="my own"))
    bundle.rename(user_folder() / "commands")
    assert Model("commands").card.version == "my own"


@pytest.mark.skipif(sys.platform != "linux", reason="$XDG_DATA_HOME moves a user's data only on Linux")
def test_a_folder_without_a_card_among_the_users_bundles_is_skipped(tmp_path, monkeypatch, shipped):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (user_folder() / "commands").mkdir(parents=True)
    assert find_bundles()["commands"].parent == shipped_folder()


@pytest.mark.skipif(sys.platform != "linux", reason="$XDG_DATA_HOME moves a user's data only on Linux")
@pytest.mark.parametrize(
    ("name", "command"),
    [("birdnet", "birdnet"), ("openwakeword-alexa", "openwakeword alexa"), ("openwakeword", "openwakeword")],
)
def test_an_error_about_a_model_that_can_be_added_says_how(name, command, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(BundleError, match=f"'{name}' is installed; add it with: whipbird models add {command}$"):
        locate(name)


def test_all_models_that_can_be_added_are_known():
    assert set(ADDABLE) == set(FAMILIES)
