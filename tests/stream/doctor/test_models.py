"""The doctor on the TFLite runtime and on models."""

import shutil
import sys

import pytest

from spoilt_bundles import half, put
from whipbird.doctor import models
from whipbird.doctor.finding import Status


@pytest.fixture
def own(tmp_path, monkeypatch, shipped):
    """A copy of a model among the user's models."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return shutil.copytree(shipped, tmp_path / "whipbird" / "models" / "mine")


def test_the_runtime_detects_words(shipped):
    (finding,) = models.detection()
    assert (finding.status, finding.next) == (Status.OK, None)
    assert "commands detects 12 words" in finding.text


def test_a_runtime_that_is_missing(monkeypatch, shipped):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    monkeypatch.setitem(sys.modules, "tflite_runtime.interpreter", None)
    (finding,) = models.detection()
    assert finding.status is Status.PROBLEM
    assert "no TFLite runtime" in finding.text


def test_a_model_that_came_damaged(monkeypatch, tmp_path, shipped):
    folder = shutil.copytree(shipped, tmp_path / "commands")
    put(folder, "model.tflite", half(folder, "model.tflite"))
    monkeypatch.setattr(models, "shipped_folder", lambda: tmp_path)
    (finding,) = models.detection()
    assert finding.status is Status.PROBLEM
    assert "commands does not run" in finding.text


def test_models_that_can_be_loaded(own):
    *broken, finding, birdnet = models.models()
    assert broken == []
    assert finding.status is Status.OK
    assert "mine" in finding.text
    assert (birdnet.status, birdnet.next) == (Status.NOTE, "whipbird models add birdnet")


def test_a_model_of_the_user_that_is_broken(own):
    (own / "model.tflite").write_bytes(half(own, "model.tflite"))
    finding, _, _ = models.models()
    assert (finding.check, finding.status) == ("model mine", Status.PROBLEM)
    assert "the model mine is broken: " in finding.text
    assert finding.next == "whipbird models remove mine"
