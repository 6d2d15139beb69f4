"""What tests of importers share."""

import pytest

from made_packages import small_birdnet

__all__ = ["small_birdnet"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Folder of a user's models, which is missing yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "whipbird" / "models"
