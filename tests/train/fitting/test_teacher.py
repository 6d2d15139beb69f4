"""The teacher: Google's speech embedding, read from its ONNX file."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tones import made_training, make_tone
from whipbird.errors import WhipbirdError
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.fitting import teacher
from whipbird_train.fitting.epoch_cache import EpochCache
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.fitting.teacher import RATE_HZ, SETTINGS, SpeechEmbeddingTeacher, speech_embedding
from whipbird_train.frontend_matrices import build_frontend

pytest.importorskip("openwakeword")
onnx = pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def path():
    """The published file."""
    return Path(find_spec("openwakeword").origin).parent / "resources" / "models" / "embedding_model.onnx"


@pytest.fixture(scope="module")
def network():
    return speech_embedding(76)


def test_one_window_gives_one_embedding(network):
    assert network.output_shape == (None, 1, 96)
    assert 300_000 < network.count_params() < 360_000


@pytest.mark.parametrize(("frames", "embeddings"), [(76, 1), (83, 1), (84, 2), (147, 9)])
def test_there_is_an_embedding_every_eight_frames(frames, embeddings):
    assert speech_embedding(frames).output_shape[1] == embeddings == (frames - 76) // 8 + 1


def test_weights_are_the_published_ones(network, path):
    graph = onnx.load(path).graph
    published = {array.name: onnx.numpy_helper.to_array(array) for array in graph.initializer}
    first = next(node for node in graph.node if node.op_type == "Conv")
    kernel = network.get_weights()[0]
    assert kernel.shape == (3, 3, 1, 24)
    np.testing.assert_array_equal(kernel[:, :, 0, 5], published[first.input[1]][5, 0])


def test_it_says_what_the_published_network_says(network, path):
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    features = np.random.default_rng(1).uniform(0, 10, (3, 76, 32)).astype(np.float32)
    (published,) = session.run(None, {session.get_inputs()[0].name: features[..., None]})
    np.testing.assert_allclose(network.predict_on_batch(features)[:, 0], published.reshape(3, 96), atol=1e-3, rtol=1e-3)


def test_a_longer_window_is_seen_in_pieces(network):
    features = np.random.default_rng(1).uniform(0, 10, (1, 92, 32)).astype(np.float32)
    pieces = [network.predict_on_batch(features[:, begin : begin + 76])[:, 0] for begin in (0, 8, 16)]
    found = speech_embedding(92).predict_on_batch(features)[0]
    np.testing.assert_allclose(found, np.concatenate(pieces), atol=1e-3)


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(teacher, "find_spec", lambda name: None)
    with pytest.raises(WhipbirdError, match="missing: openwakeword, onnx"):
        speech_embedding(76)


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
