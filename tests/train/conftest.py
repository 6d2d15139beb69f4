"""Fixtures for the tests of training."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest

from tones import FRONTEND, LABELS, RATE_HZ, WINDOW, made_training, make_sounds
from whipbird.events.settings import DebounceSettings
from whipbird.models.card import Card


@pytest.fixture
def terminal(monkeypatch):
    """Make rich treat standard error as a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture(scope="session")
def sounds():
    return make_sounds()


@pytest.fixture(scope="session")
def frontend():
    """The tones' front end."""
    from whipbird_train.frontend_matrices import build_frontend

    return build_frontend(FRONTEND, RATE_HZ)


@pytest.fixture(scope="session")
def judgement():
    """Results of five clips, one of each label, of which four are right."""
    from whipbird_train.evaluate.clip_results import ClipResults

    scores = np.eye(5, dtype=np.float32) * 0.8 + 0.04
    scores[4] = scores[3]
    names = tuple(f"{label}/1.wav" for label in LABELS)
    return ClipResults(LABELS, np.arange(5), scores, names, ("x", "y", "z", "x", "y"))


@pytest.fixture(scope="session")
def card(judgement):
    """The card of a model of tones, without the fields that an export adds."""
    return Card(
        name="tones",
        version="0.0.1",
        description="Low, middle and high.",
        labels=list(LABELS),
        sample_rate_hz=RATE_HZ,
        window=WINDOW,
        hop_s=0.032,
        reference_s=0.5,
        report="begin",
        frontend=FRONTEND,
        debounce={label: DebounceSettings() for label in LABELS[2:]},
        training=[made_training(24)],
        licence="none",
        limits="A test.",
        results={
            "epochs": 2,
            "training_s": 90,
            "shipped_unseen": True,
            "experiments": {"unseen speakers": judgement.as_dict()},
        },
        sha256={},
    )
