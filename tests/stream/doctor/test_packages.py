"""The doctor on Python, packages and extras."""

import tomllib
from collections import namedtuple
from importlib import metadata

import pytest
from packaging import markers

from command_line import ROOT
from whipbird.doctor import packages
from whipbird.doctor.finding import Status
from whipbird.system.extras import FEATURES

NEEDED = ["numpy>=1.26", "no-such-package>=2", "no-tzdata; sys_platform == 'win32'"]
EXTRAS = [
    'no-av>=14; extra == "feeds"',
    "numpy>=1; extra == 'outputs'",
    "no-cpu; (sys_platform == 'linux' and platform_machine == 'x86_64') and extra == 'train'",
    "no-gpu; (sys_platform != 'linux' or platform_machine != 'x86_64') and extra == \"train\"",
]


@pytest.fixture
def settings():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def requires(monkeypatch):
    monkeypatch.setattr(metadata, "requires", lambda name: [*NEEDED, *EXTRAS])


def test_every_extra_for_users_is_known(settings):
    assert set(settings["optional-dependencies"]) - {"all", "dev", "dist", "docs"} == set(FEATURES)


def test_the_tested_versions_of_python_are_those_of_the_package(settings):
    versions = [line.rpartition(" ")[2] for line in settings["classifiers"] if ":: Python ::" in line]
    tested = [tuple(map(int, version.split("."))) for version in versions]
    assert (tested[0], tested[-1]) == packages.TESTED


@pytest.mark.parametrize(("version", "status"), [((3, 12), Status.OK), ((3, 14), Status.NOTE)])
def test_a_python_that_is_not_tested_is_a_note(monkeypatch, version, status):
    info = namedtuple("Info", "major minor micro")(*version, 0)
    monkeypatch.setattr("sys.version_info", info)
    (finding,) = packages.python()
    assert finding.status is status
    assert finding.text.startswith("whipbird ")


def test_packages_that_are_needed(requires):
    (finding,) = packages.packages()
    assert (finding.status, finding.text) == (Status.PROBLEM, "no-such-package is not installed")
    assert finding.next.endswith("install no-such-package")


def test_a_package_that_cannot_be_loaded(monkeypatch):
    monkeypatch.setattr(packages, "LIBRARIES", ("numpy", "this.is.none"))
    (finding,) = packages.packages()
    assert finding.status is Status.PROBLEM
    assert "this.is.none is installed but cannot be loaded: No module" in finding.text
    assert finding.next.endswith("install --force-reinstall this.is.none")


def test_extras_that_are_missing_and_what_they_would_give(requires):
    found = {finding.check: finding for finding in packages.extras()}
    feeds = found["extra feeds"]
    assert feeds.status is Status.NOTE
    assert feeds.text == f"feeds is not installed (missing: no-av); it gives {FEATURES['feeds']}"
    assert "feeds" in feeds.next
    assert found["extra outputs"].status is Status.OK


@pytest.mark.parametrize(
    ("system", "machine", "missing"),
    [("linux", "x86_64", "no-cpu"), ("linux", "aarch64", "no-gpu"), ("darwin", "arm64", "no-gpu")],
)
def test_only_packages_for_this_computer_count(requires, monkeypatch, system, machine, missing):
    here = markers.default_environment() | {"sys_platform": system, "platform_machine": machine}
    monkeypatch.setattr(markers, "default_environment", lambda: here)
    found = {finding.check: finding for finding in packages.extras()}
    assert f"(missing: {missing})" in found["extra train"].text
