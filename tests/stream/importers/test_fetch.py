"""Wheels are fetched by the user's pip, here from an index of the test."""

import sys

import pytest

from made_packages import Index, made_wheel, made_wheels, packages_of
from whipbird.errors import DataError
from whipbird.importers.fetch import fetch_wheels, find_installer

PIP = [sys.executable, "-m", "pip"]


@pytest.fixture
def wheels(tmp_path):
    return made_wheels(tmp_path / "made")


@pytest.fixture
def fetch(wheels, tmp_path, monkeypatch):
    """Fetch from an index; the function returns names of files, and the numbers of bytes that were shown."""

    def run(index, packages=None, installer=PIP, platform=""):
        shown = []
        for name, value in index.environment.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "fetched").mkdir()
        found = fetch_wheels(packages or packages_of(wheels), tmp_path / "fetched", shown.append, installer, platform)
        return [path.name for path in found], shown

    return run


def refusal(fetch, index, **options):
    with index, pytest.raises(DataError) as caught:
        fetch(index, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_pip_of_this_python_comes_first():
    assert find_installer() == PIP


def test_uv_serves_without_pip(tmp_path, monkeypatch):
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pip", None)
    monkeypatch.setattr("whipbird.importers.fetch.find_spec", lambda name: None)
    assert find_installer() == [str(uv), "tool", "run", "pip"]
    uv.unlink()
    with pytest.raises(DataError, match="neither pip nor uv is installed"):
        find_installer()


def test_wheels_arrive_and_are_counted(fetch, wheels):
    with Index(wheels) as index:
        names, shown = fetch(index)
    assert names == sorted(path.name for path in wheels)
    assert shown[-1] == sum(path.stat().st_size for path in wheels)


def test_the_wheel_of_a_platform_is_fetched_on_every_other(fetch, tmp_path):
    """So its hash is known; its models are the same on all."""
    made = made_wheel(tmp_path / "made", "words", "1.0", {"words/alexa.tflite": b"network"})
    wheel = made.rename(made.with_name(made.name.replace("-any", "-win_arm64")))
    with Index([wheel]) as index:
        names, _ = fetch(index, packages=packages_of([wheel]), platform="win_arm64")
    assert names == [wheel.name]


def test_a_wheel_with_another_hash_is_refused(fetch, wheels):
    packages = dict.fromkeys(packages_of(wheels), (1000, "0" * 64))
    said = refusal(fetch, Index(wheels), packages=packages)
    assert said == "birdnet_analyzer-2.4.0-py3-none-any.whl is not the file that was expected (sha256 differs)"


def test_a_connection_that_breaks_off_is_tried_again_and_said(fetch, wheels):
    index = Index(wheels, share=0.5)
    assert refusal(fetch, index)
    assert sum(request.endswith(".whl") for request in index.requests) >= 3


def test_no_connection_is_said(fetch, wheels):
    with Index(wheels) as index:
        pass
    with pytest.raises(DataError, match=r"^no connection \(Could not find a version"):
        fetch(index)


def test_a_package_that_is_not_there_is_said_at_once(fetch, wheels):
    index = Index(wheels[:1])
    assert "birdnet-analyzer==2.4.0" in refusal(fetch, index)
    assert index.requests.count("/simple/birdnet-analyzer/") == 1


def test_an_installer_that_does_not_start_is_said(fetch, wheels):
    assert refusal(fetch, Index(wheels), installer=["/nowhere/pip"]) == "/nowhere/pip: No such file or directory"
