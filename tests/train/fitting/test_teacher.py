"""The teacher: Google's speech embedding, read from its ONNX file."""

import numpy as np
import pytest

from tones import made_training, make_tone
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.fitting import teacher
from whipbird_train.fitting.epoch_cache import EpochCache
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.fitting.teacher import RATE_HZ, SpeechEmbeddingTeacher
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.networks.speech_embedding import SETTINGS

pytest.importorskip("openwakeword")
pytest.importorskip("onnx")


class Tones:
    """Makes six tones of 0.65 s, of three labels."""

    key = "tones"
    makes_features = False

    def __len__(self):
        return 6

    def __call__(self, index, rng):
        return make_tone(300 * 2 ** (index % 3), RATE_HZ, 0.65, seed=int(rng.integers(99))), index % 3


@pytest.fixture
def eager():
    """For a single step, tracing a function costs several times as much as running it."""
    tensorflow = pytest.importorskip("tensorflow")
    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


def test_a_teacher_is_trained_and_answers(eager, tmp_path):
    frontend = build_frontend(SETTINGS, RATE_HZ)
    cache = EpochCache(tmp_path / "epochs", 2, Tones(), {"teacher": frontend}, 1)
    made = [Tones()(index, np.random.default_rng(5)) for index in range(3)]
    names = ("a", "b", "c")
    test = Sounds([wave for wave, _ in made], np.arange(3), names, names, names, made_training)
    once = FitSettings(1, batch=6, optimizer="adam", peak_rate=1e-3, warmup_epochs=0)
    teaching = SpeechEmbeddingTeacher(head=once, whole=once)
    assert dict(teaching.frontends) == {"teacher": SETTINGS}

    answers = teaching(cache, 3, test, tmp_path, 1)
    for number in (1, 0):
        found = answers.targets(number)
        assert found.shape == (6, 3)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_array_equal(answers.targets(number), found)
    hints = answers.hints(0)
    assert hints.shape == (6, hints.shape[1], 96)
    np.testing.assert_allclose(hints.mean(axis=(0, 1)), 0, atol=1e-3)
    np.testing.assert_allclose(hints.std(axis=(0, 1)), 1, atol=1e-2)
    for part in ("head", "whole"):
        assert {"final.weights.h5", "history.csv"} <= {path.name for path in (tmp_path / "teacher" / part).iterdir()}


def test_the_first_stages_stay_as_they_are():
    body = teacher._body(58)
    (embedding,) = (layer for layer in body.layers if layer.name == "speech_embedding")
    stages = [layer.trainable for layer in embedding.layers if layer.weights]
    assert stages == sorted(stages)  # no fixed layer comes after a trained one
    assert 0 < sum(stages) < len(stages)
