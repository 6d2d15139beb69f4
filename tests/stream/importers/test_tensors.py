"""What a TFLite file says about itself."""

from pathlib import Path

import pytest

from made_networks import made_network
from made_tflite import CUSTOM, tensor, tflite
from whipbird.errors import BundleError
from whipbird.importers.tensors import Tensor, TensorFile, state_options


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


def test_what_seems_to_be_a_state_or_a_number_is_named():
    inputs = [
        Tensor("input", (-1, -1), "float32"),
        Tensor("state", (2, -1, 128), "float32"),
        Tensor("sr", (), "int64"),
        Tensor("gain", (1, 3), "float32"),
    ]
    outputs = [Tensor("output", (-1, 1), "float32"), Tensor("stateN", (-1, -1, -1), "float32")]
    assert state_options(inputs, outputs) == "--state state=stateN --constant sr=NUMBER"
    assert state_options(inputs[:1], outputs) == ""


def test_inputs_that_have_to_be_given_are_named():
    pytest.importorskip("onnxruntime", reason="the extra onnx runs the network of this test")
    onnx = pytest.importorskip("onnx", reason="onnx makes the network of this test")
    from made_onnx import as_bytes

    kind = onnx.TensorProto.FLOAT
    node = onnx.helper.make_node("MatMul", ["x", "h"], ["y"])
    content = as_bytes([node], [("x", kind, ["b", "n"]), ("h", kind, ["m", 8])], [("y", kind, ["b", 8])])
    with pytest.raises(BundleError) as caught:
        TensorFile(content, Path("net.onnx"), window=576)
    assert str(caught.value) == (
        "net.onnx: does not run with zeros in all of its inputs (x, h); give those that are not the window: --state h=y"
    )
    with pytest.raises(BundleError, match=r"^net\.onnx: not an ONNX model that runs here: [^\[]") as caught:
        TensorFile(content, Path("net.onnx"), window=576, constants={"h": 1.0})
    assert "ONNXRuntimeError" not in str(caught.value)
