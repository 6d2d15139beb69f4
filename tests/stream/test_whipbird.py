"""What ``import whipbird`` gives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import whipbird


def test_every_public_name_is_there_and_documented():
    for name in whipbird.__all__:
        found = getattr(whipbird, name)
        assert name == "__version__" or found.__doc__
    assert set(whipbird.__all__) <= set(dir(whipbird))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'whipbird' has no attribute 'nothing'"):
        whipbird.nothing  # noqa: B018


def test_importing_it_imports_nothing_large():
    code = "import sys; before = set(sys.modules); import whipbird; print(*sorted(set(sys.modules) - before))"
    environment = os.environ | {"PYTHONPATH": str(Path(whipbird.__file__).parents[1])}
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["whipbird"]


def test_functions_are_not_hidden_by_rooms_of_the_same_name():
    for path in Path(whipbird.__file__).parent.iterdir():
        assert path.stem not in whipbird.__all__


def test_it_is_typed():
    assert (Path(whipbird.__file__).parent / "py.typed").is_file()
