"""ONNX networks give the scores of their TFLite twins, and of ONNX Runtime called by hand."""

import importlib.util
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models_of_others import as_model, check_cuts, read_sound, run
from whipbird.errors import BundleError
from whipbird.importers.bundle_files import sha256
from whipbird.importers.labels import parse_labels
from whipbird.importers.new_card import Answers, choose_input, choose_output, described
from whipbird.importers.tensors import TensorFile
from whipbird.models.model import Model
from whipbird.models.runtimes.interpreter import file_name
from whipbird.models.settings import ModelSettings
from whole_windows import whole_bundle

onnx = pytest.importorskip("onnx", reason="onnx makes the networks of these tests")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra onnx runs the networks of these tests")
from made_onnx import as_bytes, converted, made_onnx  # noqa: E402

FLOAT = onnx.TensorProto.FLOAT
PATH = Path("frogs.onnx")
ANSWERS = Answers(
    name="frogs",
    description="Two frogs.",
    version="1",
    licence="CC BY 4.0",
    rate_hz=16_000,
    hop_s=None,
    labels=parse_labels(b"frog\ntoad\n", "labels.txt"),
    activation="none",
)


def bundle(folder, content, answers=ANSWERS, window=None):
    file = TensorFile(content, PATH, window, answers.constants, answers.states)
    taken, scores = choose_input(file, PATH), choose_output(file, PATH, len(answers.labels))
    return as_model(folder, described(content, PATH, file, taken, scores, answers))


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """A network of ours, as TFLite and converted."""
    folder = tmp_path_factory.mktemp("models")
    one, other = whole_bundle(folder / "one"), whole_bundle(folder / "other")
    content = converted((other / "model.tflite").read_bytes())
    (other / "model.tflite").unlink()
    (other / "model.onnx").write_bytes(content)
    card = json.loads((other / "card.json").read_text())
    card["tensors"] = {}
    del card["sha256"]["model.tflite"]
    card["sha256"]["model.onnx"] = sha256(content)
    (other / "card.json").write_text(json.dumps(card))
    return Model(str(one)), Model(str(other))


@pytest.fixture(scope="module")
def silero(tmp_path_factory):
    """Silero's voice detector, with a state that is an input and an output, and 64 samples before each hop."""
    found = importlib.util.find_spec("silero_vad")
    if found is None:
        pytest.skip("silero-vad has the network of this test")
    path = Path(found.origin).parent / "data" / "silero_vad_16k_op15.onnx"
    answers = replace(
        ANSWERS,
        name="silero",
        hop_s=0.032,
        labels=parse_labels(b"voice\n", "labels.txt"),
        states={"state": "stateN"},
        constants={"sr": 16_000.0},
    )
    return path, bundle(tmp_path_factory.mktemp("models") / "silero", path.read_bytes(), answers, window=576)


def test_scores_are_those_of_the_tflite_twin(twins):
    sound = np.random.default_rng(1).normal(0, 0.1, 40_000).astype(np.float32)
    (_, scores), (_, others) = (run(model, [sound]) for model in twins)
    np.testing.assert_allclose(others, scores, atol=1e-4)
    assert np.ptp(scores) > 0.1


def test_events_do_not_depend_on_cuts(twins):
    check_cuts(twins[1], np.random.default_rng(1).normal(0, 0.1, 40_000).astype(np.float32))


def test_the_hash_is_that_of_its_file(twins):
    assert twins[1].network_sha256 == twins[1].card.sha256["model.onnx"]


def test_a_state_as_input_and_output(silero, data):
    path, model = silero
    sound = read_sound(data / "wake-words" / "alexa" / "0.opus", 16_000)
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    state, before, expected = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32), []
    for start in range(0, len(sound) - 511, 512):
        new = sound[start : start + 512]
        given = {"input": np.concatenate((before, new))[None], "state": state, "sr": np.array(16_000, np.int64)}
        score, state = session.run(None, given)
        before = new[-64:]
        expected.append(score[0])
    _, scores = run(model, [sound])
    np.testing.assert_allclose(scores[: len(expected)], expected, atol=1e-6)
    assert scores.max() > 0.9


def test_a_network_with_a_state_does_not_depend_on_cuts(silero, data):
    check_cuts(silero[1], read_sound(data / "wake-words" / "alexa" / "0.opus", 16_000))
    assert silero[1].card.remembers


def test_a_bundle_holds_an_onnx_file(tmp_path):
    model = bundle(tmp_path / "frogs", made_onnx(2))
    assert set(model.card.sha256) == {"model.onnx"}
    assert model.windowed_network.score_window(np.ones((800, 1), np.float32)) == pytest.approx(
        1 / (1 + np.exp([5, -3])), abs=1e-6
    )


def test_outputs_are_tried_as_those_of_tflite():
    assert TensorFile(made_onnx(2), PATH).activation(0) == "none"
    assert TensorFile(made_onnx(2, node="Identity"), PATH).activation(0) is None


def test_an_open_length_is_fixed_by_the_user(tmp_path):
    content = made_onnx(2, shape=["batch", "samples"])
    with pytest.raises(BundleError, match=r"takes samples \[any, any\] float32: the length of its window is not fixed"):
        choose_input(TensorFile(content, PATH), PATH)
    assert bundle(tmp_path / "frogs", content, window=600).card.window == 600


def test_shapes_with_several_open_lengths_are_refused():
    node = onnx.helper.make_node("Sigmoid", ["samples"], ["scores"])
    shape = ["batch", "samples", "channels"]
    content = as_bytes([node], [("samples", FLOAT, shape)], [("scores", FLOAT, shape)])
    with pytest.raises(BundleError, match=r"frogs.onnx: samples \[any, any, any\]: more than one length is open"):
        TensorFile(content, PATH, window=600)


def test_tensors_of_text_are_refused():
    node = onnx.helper.make_node("Identity", ["word"], ["same"])
    text = onnx.TensorProto.STRING
    content = as_bytes([node], [("word", text, [1])], [("same", text, [1])])
    with pytest.raises(BundleError, match=r"its tensor word is a tensor\(string\), but numbers are needed"):
        TensorFile(content, PATH)


def test_a_missing_operation_is_named():
    with pytest.raises(BundleError, match=r"frogs.onnx: not an ONNX model that runs here: .*Chirp"):
        TensorFile(made_onnx(2, node="Chirp"), PATH)


def test_a_damaged_file_is_refused():
    with pytest.raises(BundleError, match=r"frogs.onnx: not an ONNX model that runs here: "):
        TensorFile(made_onnx(2)[:50], PATH)


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BundleError, match=r"an ONNX model needs more packages \(missing: onnxruntime\); install"):
        TensorFile(made_onnx(2), PATH)


def test_a_state_must_have_one_shape(tmp_path):
    nodes = [
        onnx.helper.make_node("ReduceMean", ["samples"], ["power"], axes=[1]),
        onnx.helper.make_node("Sigmoid", ["power"], ["scores"]),
        onnx.helper.make_node("Concat", ["before", "before"], ["after"], axis=1),
    ]
    inputs = [("samples", FLOAT, [1, 800]), ("before", FLOAT, [1, 2])]
    content = as_bytes(nodes, inputs, [("scores", FLOAT, [1, 1]), ("after", FLOAT, [1, 4])])
    answers = replace(ANSWERS, labels=parse_labels(b"frog\n", "labels.txt"), states={"before": "after"})
    with pytest.raises(BundleError, match="after cannot be before the next time: their shapes differ"):
        bundle(tmp_path / "frogs", content, answers)


def test_embeddings_are_outputs(twins, tmp_path):
    folder = Path(shutil.copytree(twins[1].folder, tmp_path / "copy"))
    card = json.loads((folder / "card.json").read_text())
    card["tensors"] = {"embedding": "inside"}
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match="none of them is 'inside'"):
        Model(str(folder), settings=ModelSettings(embeds=True))


@pytest.mark.parametrize(("start", "name"), [(b"\x08\x09", "model.onnx"), (b"\x08\0\0\0TFL3", "model.tflite")])
def test_files_are_named_by_their_content(start, name):
    assert file_name("model.tflite", start) == name
