"""Measurements of `benchmarks.crowd` run in processes of their own, which may fail."""

import importlib
import math
import os

import pytest

from benchmarks import crowd
from benchmarks.common import Unavailable


def test_the_result_comes_back():
    assert crowd.in_process(math.sqrt, 9.0) == 3.0


def test_a_package_that_is_missing_is_named():
    with pytest.raises(Unavailable, match=r"^no_such_package is not installed$"):
        crowd.in_process(importlib.import_module, "no_such_package")


def test_a_process_that_ends_early_does_not_hang():
    with pytest.raises(RuntimeError, match="ended without a result, with exit code 3"):
        crowd.in_process(os._exit, 3)


def test_phrases_that_are_missing_are_named(monkeypatch, capsys):
    monkeypatch.setattr(crowd, "find_bundles", lambda: {"openwakeword-alexa": None})
    assert crowd.installed_phrases("openwakeword") == ["alexa"]
    assert capsys.readouterr().err == (
        "openwakeword without hey_jarvis, hey_mycroft, hey_rhasspy, okay_nabu; "
        "install each with: whipbird models add openwakeword PHRASE\n"
    )
