"""The speech embedding, read from its ONNX file."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from whipbird.errors import WhipbirdError
from whipbird_train.networks import speech_embedding as module
from whipbird_train.networks.speech_embedding import speech_embedding

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
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(WhipbirdError, match="missing: openwakeword, onnx"):
        speech_embedding(76)
