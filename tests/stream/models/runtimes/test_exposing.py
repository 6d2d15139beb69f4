"""An inner tensor becomes an output, and nothing else changes."""

import warnings

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from whipbird.errors import BundleError
from whipbird.models.model import Model
from whipbird.models.runtimes.exposing import with_output
from whipbird.models.settings import ModelSettings
from whole_windows import LECTURE, embedding_tensor, whole_bundle

EMBEDS = ModelSettings(embeds=True)


def results(interpreter, sound, *tensors):
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sound)
    interpreter.invoke()
    return [interpreter.get_tensor(number).copy() for number in tensors]


def test_the_output_is_what_the_network_computes_inside():
    content = (LECTURE / "model.tflite").read_bytes()
    plain = Interpreter(model_content=content, num_threads=1)
    details = {one["name"]: one["index"] for one in plain.get_tensor_details()}
    inner, own = details[embedding_tensor()], plain.get_output_details()[0]["index"]
    sound = np.random.default_rng(1).normal(0, 0.1, plain.get_input_details()[0]["shape"]).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is for debugging
        debugged = Interpreter(model_content=content, num_threads=1, experimental_preserve_all_tensors=True)
    exposed = Interpreter(model_content=with_output(content, inner), num_threads=1)
    assert [one["index"] for one in exposed.get_output_details()] == [own, inner]
    for one, other in zip(results(exposed, sound, own, inner), results(debugged, sound, own, inner), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(results(exposed, sound, own), results(plain, sound, own))


def test_a_model_gives_its_embeddings_if_they_are_wanted(tmp_path):
    folder = str(whole_bundle(tmp_path / "whole"))
    frames = np.random.default_rng(2).normal(0, 0.1, (1, 8000 + 4000, 1)).astype(np.float32)
    plain, embedding = Model(folder), Model(folder, settings=EMBEDS)
    scores = []
    for model, size in ((plain, None), (embedding, 128)):
        state = model.network.new_state()
        scores.append(model.network.score([state], frames))
        vectors = model.network.embeddings(state)
        assert (vectors is None) if size is None else (vectors.shape == (2, size) and np.ptp(vectors) > 0)
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [({}, "gives no embeddings, or its card does not say"), ({"embedding": "dense_9"}, "none of them is 'dense_9'")],
)
def test_a_model_without_embeddings_is_refused_in_one_line(tmp_path, tensors, reason):
    folder = whole_bundle(tmp_path / "whole", tensors=tensors)
    with pytest.raises(BundleError, match=reason) as caught:
        Model(str(folder), settings=EMBEDS)
    assert "\n" not in str(caught.value)


def test_a_streaming_model_has_no_embeddings():
    with pytest.raises(BundleError, match="gives no embeddings"):
        Model("capuchinbird", settings=EMBEDS)
