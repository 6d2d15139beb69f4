"""Messages about packages that are missing."""

import sys

from whipbird.system import extras
from whipbird.system.extras import installation, needs, pip_install


def test_it_names_what_is_missing_and_the_command_that_installs_it():
    assert needs("feeds", "av") == (
        f"needs more packages (missing: av); install them with: {installation('feeds')}"  # as below
    )


def test_an_installation_from_a_repository_stays_one(tmp_path):
    """Otherwise, updating the repository would leave old code in use."""
    (tmp_path / "pyproject.toml").touch()
    assert installation("feeds", tmp_path) == f"{sys.executable} -m pip install -e '{tmp_path}[feeds]'"
    by_make = installation("feeds", tmp_path, environment=tmp_path / ".venv")
    assert by_make == f"make setup EXTRAS=feeds (in {tmp_path})"


def test_an_installed_package_is_extended_by_pip(tmp_path):
    assert installation("scan", tmp_path) == f"{sys.executable} -m pip install 'whipbird[scan]'"


def test_an_environment_of_pipx_is_extended_by_pipx(tmp_path):
    environment = tmp_path / "whipbird"
    environment.mkdir()
    (environment / "pipx_metadata.json").touch()
    assert installation("scan", tmp_path, environment) == "pipx runpip whipbird install 'whipbird[scan]'"


def test_an_environment_without_pip_is_extended_by_uv(tmp_path, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    monkeypatch.setattr(extras.shutil, "which", lambda name: "/usr/bin/uv")
    assert pip_install("av", tmp_path) == f"uv pip install --python {sys.executable} av"
