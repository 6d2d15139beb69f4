"""What tests of networks share."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def spoilt(calls, tmp_path):
    """A copy of the bundle, to be spoilt."""
    return Path(shutil.copytree(calls.folder, tmp_path / "calls"))
