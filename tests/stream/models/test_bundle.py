"""Bundles are found by name, those of a user first."""

import sys

import pytest

from spoilt_bundles import edit
from whipbird.models.bundle import find_bundles, shipped_folder, user_folder
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
