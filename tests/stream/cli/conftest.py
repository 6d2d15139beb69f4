"""What tests of commands about models share."""

import pytest

from command_line import whipbird_here
from made_networks import made_network
from made_packages import put, small_birdnet

__all__ = ["small_birdnet"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Folder of a user's models, which is missing yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "whipbird" / "models"


@pytest.fixture
def owl_files(tmp_path):
    """A classifier of fifty labels with its labels beside it; the path of its network."""
    labels = "".join(f"owl {number}\n" for number in range(50)).encode()
    return put(tmp_path / "owls", {"owls.tflite": made_network(50), "owls_Labels.txt": labels}) / "owls.tflite"


@pytest.fixture
def owls(home, owl_files):
    """Folder of an installed model of fifty labels."""
    result = whipbird_here("models", "add", "--from", owl_files, "--accept-licence")
    assert result.returncode == 0, result.stderr
    return home / "owls"
