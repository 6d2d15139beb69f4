"""ONNX networks, with the interface of TFLite's interpreters.

A length that an ONNX file leaves open is 1 until the input gets another shape, and the shapes of outputs are known once
the network has run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from whipbird.errors import BundleError
from whipbird.models.runtimes.base import OPEN, Details
from whipbird.system.extras import needs

__all__ = ["OnnxInterpreter"]

QUIET = 3  # least severity of what ONNX Runtime writes on standard error: errors
TYPES: dict[str, DTypeLike] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
    "tensor(int16)": np.int16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
}


class OnnxInterpreter:
    """An interpreter of an ONNX model, on one thread; raises whatever ONNX Runtime raises.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    BundleError
        If ONNX Runtime is not installed, or a tensor is of a type that it cannot have.
    """

    def __init__(self, content: bytes) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise BundleError(f"an ONNX model {needs('onnx', 'onnxruntime')}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = QUIET
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        self._inputs = [_details(number, one) for number, one in enumerate(inputs)]
        self._outputs = [_details(len(inputs) + number, one) for number, one in enumerate(outputs)]
        self._given: dict[str, NDArray[Any]] = {}
        self._results: list[NDArray[Any]] = []

    def get_input_details(self) -> list[Details]:
        return self._inputs

    def get_output_details(self) -> list[Details]:
        return self._outputs

    def get_tensor_details(self) -> list[Details]:
        return [*self._inputs, *self._outputs]

    def resize_tensor_input(self, index: int, shape: Sequence[int]) -> None:
        self._inputs[index]["shape"] = np.array(shape, np.int32)

    def allocate_tensors(self) -> None:
        self._given = {one["name"]: np.zeros(one["shape"], one["dtype"]) for one in self._inputs}
        self._results = []

    def set_tensor(self, index: int, numbers: NDArray[Any]) -> None:
        self._given[self._inputs[index]["name"]] = numbers

    def invoke(self) -> None:
        is_first = not self._results
        self._results = self._session.run(None, self._given)
        if is_first:
            for details, result in zip(self._outputs, self._results, strict=True):
                details["shape"] = np.array(result.shape, np.int32)

    def get_tensor(self, index: int) -> NDArray[Any]:
        if index < len(self._inputs):
            return self._given[self._inputs[index]["name"]]
        return self._results[index - len(self._inputs)]


def _details(index: int, tensor: Any) -> Details:
    if tensor.type not in TYPES:
        raise BundleError(f"its tensor {tensor.name} is a {tensor.type}, but numbers are needed")
    signature = [length if isinstance(length, int) and length > 0 else OPEN for length in tensor.shape]
    return {
        "index": index,
        "name": tensor.name,
        "shape": np.array([max(1, length) for length in signature], np.int32),
        "shape_signature": np.array(signature, np.int32),
        "dtype": TYPES[tensor.type],
        "quantization": (0.0, 0),
    }
