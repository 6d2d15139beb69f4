"""What a TFLite file says about itself."""

from pathlib import Path

import pytest

from made_networks import made_network
from made_tflite import CUSTOM, tensor, tflite
from whipbird.errors import BundleError
from whipbird.importers.tensors import TensorFile


def test_its_inputs_and_outputs_are_known():
    file = TensorFile(made_network(3, window=800, power_output=True), Path("net.tflite"))
    assert [str(tensor) for tensor in file.inputs] == ["samples [1, 800] float32"]
    assert [tensor.length for tensor in file.outputs] == [3, 1]


@pytest.mark.parametrize(("own", "found"), [(None, None), ("sigmoid", "none"), ("softmax", "softmax")])
def test_the_kind_of_outputs_is_tried(own, found):
    assert TensorFile(made_network(5, own, window=800), Path("net.tflite")).activation(0) == found


@pytest.mark.parametrize("content", [b"", b"no network", made_network(3)[:500]])
def test_what_is_no_network_is_refused(content):
    with pytest.raises(BundleError, match=r"net\.tflite: not a TFLite model that runs here"):
        TensorFile(content, Path("net.tflite"))


def test_a_missing_operation_is_named():
    content = tflite([tensor("samples", (1, 800)), tensor("scores", (1, 800))], [(CUSTOM, [0], 1)], [0], [1])
    with pytest.raises(BundleError, match=r"net.tflite: not a TFLite model that runs here: .*Chirp"):
        TensorFile(content, Path("net.tflite"))


def test_constants_and_states_are_no_inputs():
    file = TensorFile(made_network(3, window=800), Path("net.tflite"), constants={"samples": 1.0})
    assert file.inputs == []
