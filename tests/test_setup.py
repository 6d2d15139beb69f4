"""Installing with make: the Python and the extras are checked before anything is made."""

import os
import shutil
import subprocess
import sys

import pytest

from command_line import LIMIT_S, ROOT, only_line

CHECK = ROOT / "tests" / "check_setup.py"


def check(*extras, version=None):
    """Exit code and message of the check, in this Python or one that says that it has another version."""
    pretended = f"sys.version_info = {version}; " if version else ""
    code = f"import runpy, sys; {pretended}sys.argv[0] = ''; runpy.run_path({str(CHECK)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code, *extras], capture_output=True, text=True, timeout=LIMIT_S)
    return done.returncode, done.stderr


@pytest.mark.parametrize("version", [None, (3, 11, 4), (3, 14, 0)])
def test_what_works_is_let_through(version):
    assert check("feeds", "scan", version=version) == (0, "")


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 11, 3), (3, 15, 0)])
def test_another_python_is_one_line_that_says_which_ones_work(version):
    code, errors = check(version=version)
    assert code == 1
    assert "works with 3.11.4 or later, up to 3.14: " in only_line(errors)
    assert ".".join(map(str, version)) in errors


def test_an_unknown_extra_is_one_line_that_lists_those_there_are():
    code, errors = check("feeds", "fed")
    assert code == 1
    assert only_line(errors).startswith("EXTRAS=fed: unknown; use alerts, all, dev, dist, docs, evaluate, feeds, ")


@pytest.fixture
def repository(tmp_path):
    """A repository without an environment."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    (tmp_path / "tests").mkdir()
    for name in ("Makefile", "pyproject.toml", "tests/check_setup.py", "tests/system_packages.sh"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def make(folder, *words):
    """Run make as from a shell, and not from the make that may run the tests."""
    own = {name: value for name, value in os.environ.items() if name not in ("EXTRAS", "MAKEFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, env=own)


def test_extras_that_were_asked_for_before_are_kept(repository):
    assert "--editable '.'" in make(repository, "--just-print", "demo").stdout
    assert "--editable '.[feeds,scan]'" in make(repository, "--just-print", "setup", "EXTRAS=scan,feeds").stdout
    (repository / ".venv").mkdir()
    (repository / ".venv" / ".extras").write_text("feeds scan\n")
    assert "--editable '.[evaluate,feeds,scan]'" in make(repository, "--just-print", "setup", "EXTRAS=evaluate").stdout
    assert "--editable '.[feeds,scan]'" in make(repository, "--just-print", "demo").stdout
    assert "--editable '.[train,dev,feeds,scan]'" in make(repository, "--just-print", "test").stdout


def test_nothing_is_made_with_a_python_that_does_not_work(repository):
    python = repository / "python3.10"
    pretended = "import runpy, sys; sys.version_info = (3, 10, 13); runpy.run_path(sys.argv[1], run_name='__main__')"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretended}" "$@"\n')
    python.chmod(0o755)
    done = make(repository, "demo", f"PYTHON={python}")
    assert done.returncode == 2
    assert "3.10.13; whipbird works with 3.11.4 or later" in done.stderr
    assert not (repository / ".venv").exists()
