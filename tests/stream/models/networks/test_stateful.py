"""Networks that carry a state along in a form that is not whipbird's."""

import json

import numpy as np
import pytest

from made_packages import put
from whipbird.errors import BundleError
from whipbird.importers.bundle_files import sha256
from whipbird.models.model import Model
from whipbird.models.settings import ModelSettings

onnx = pytest.importorskip("onnx", reason="onnx makes the networks of these tests")
pytest.importorskip("onnxruntime", reason="the extra onnx runs the networks of these tests")
from made_onnx import as_bytes  # noqa: E402

FLOAT = onnx.TensorProto.FLOAT
HOP, WINDOW = 8, 10


def leaky_sum():
    """The score is half of the last one, and a share of the mean of ten samples, times a constant."""
    nodes = [
        onnx.helper.make_node("ReduceMean", ["samples"], ["mean"], axes=[1], keepdims=1),
        onnx.helper.make_node("Mul", ["mean", "gain"], ["new"]),
        onnx.helper.make_node("Mul", ["before", "half"], ["kept"]),
        onnx.helper.make_node("Add", ["kept", "new"], ["after"]),
        onnx.helper.make_node("Identity", ["after"], ["score"]),
    ]
    inputs = [("samples", FLOAT, [1, WINDOW]), ("before", FLOAT, [1, 1]), ("gain", FLOAT, [])]
    outputs = [("score", FLOAT, [1, 1]), ("after", FLOAT, [1, 1])]
    return as_bytes(nodes, inputs, outputs, [("half", np.float32(0.5))])


def bundle(folder, **changes):
    content = leaky_sum()
    card = {
        "name": "leaky",
        "version": "1",
        "description": "Loudness.",
        "kind": "stateful",
        "tensors": {"states": {"before": "after"}, "constants": {"gain": 0.5}},
        "labels": ["loud"],
        "sample_rate_hz": 1000,
        "window": WINDOW,
        "hop_s": HOP / 1000,
        "reference_s": 0.0,
        "report": "end",
        "frontend": {"kind": "raw"},
        "debounce": {"loud": {}},
        "training": [],
        "licence": "CC0",
        "limits": "All of them.",
        "results": {},
        "sha256": {"model.onnx": sha256(content)},
    }
    put(folder, {"model.onnx": content, "card.json": json.dumps(card | changes).encode()})
    return str(folder)


@pytest.fixture
def leaky(tmp_path):
    return Model(bundle(tmp_path / "leaky"))


def by_hand(sound):
    """Scores of all hops."""
    score, scores, padded = 0.0, [], np.pad(sound, (WINDOW - HOP, 0))
    for start in range(0, len(sound) - HOP + 1, HOP):
        score = score / 2 + padded[start : start + WINDOW].mean() / 2
        scores.append(score)
    return np.array(scores)


def test_a_hop_comes_with_the_frames_before_it_and_the_state_of_the_call_before(leaky):
    sound = np.random.default_rng(1).random(10 * HOP, np.float32)
    scores = leaky.network.score([leaky.network.new_state()], sound[None, :, None])
    np.testing.assert_allclose(scores[0, :, 0], by_hand(sound), rtol=1e-6)


def test_streams_and_segments_have_states_of_their_own(leaky):
    sounds = np.random.default_rng(1).random((2, 10 * HOP), np.float32)
    states = [leaky.network.new_state() for _ in sounds]
    halves = [leaky.network.score(states, sounds[:, part, None]) for part in (slice(0, 40), slice(40, 80))]
    expected = [by_hand(sound) for sound in sounds]
    np.testing.assert_allclose(np.concatenate(halves, axis=1)[..., 0], expected, rtol=1e-6)
    again = leaky.network.score([leaky.network.new_state()], sounds[:1, :, None])
    np.testing.assert_allclose(again[0, :, 0], expected[0], rtol=1e-6)


def test_such_a_model_remembers(leaky):
    assert leaky.card.remembers
    assert not leaky.card.has_free_hop
    assert leaky.network.embeddings(leaky.network.new_state()) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hop_s": 0.012, "window": 12}, r"expects 10 numbers, but the card's hop of 12 frames has 12"),
        ({"labels": ["loud", "quiet"]}, "gives 1 scores, but the card names 2 labels"),
        (
            {"tensors": {"constants": {"gain": 0.5}}},
            r"has 2 inputs \(samples, before\), and the card's tensors name none",
        ),
        ({"tensors": {"states": {"before": "later"}, "constants": {"gain": 0.5}}}, "none of them is 'later'"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message, tmp_path):
    with pytest.raises(BundleError, match=message):
        Model(bundle(tmp_path / "leaky", **changes))


def test_it_gives_no_embeddings(tmp_path):
    with pytest.raises(BundleError, match="gives no embeddings"):
        Model(bundle(tmp_path / "leaky"), settings=ModelSettings(embeds=True))
