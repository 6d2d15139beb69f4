"""Measure work: processor time, multiplications of a network, speed of multiplications.

Processor time (user and system, all threads of the process) does not grow when other programs take the processor away.
They still slow it down through caches and clock rates, so compared functions take turns, and the shortest of several
rounds counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

__all__ = ["least_seconds", "matrix_speed", "multiply_adds"]

ROUNDS = 9
ROUND_S = 0.03  # each function's share of a round
MATRIX = 512  # rows and columns: large enough for full speed, small enough for the cache


def least_seconds(functions: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Processor time of one call of each function, the shortest of several rounds.

    In each round the functions take turns, each called as often as fits into `ROUND_S`, at least once. A first call,
    which is not counted, does what is done only once.
    """
    calls = {}
    for name, function in functions.items():
        function()
        calls[name] = max(1, round(ROUND_S / max(_seconds(function, 1), 1e-6)))
    least = dict.fromkeys(functions, float("inf"))
    for _ in range(rounds):
        for name, function in functions.items():
            least[name] = min(least[name], _seconds(function, calls[name]))
    return least


def _seconds(function: Callable[[], object], calls: int) -> float:
    begin_ns = time.process_time_ns()
    for _ in range(calls):
        function()
    return (time.process_time_ns() - begin_ns) / calls / 1e9


def matrix_speed() -> float:
    """Multiply-adds per second of a product of two float32 matrices; on one thread if NumPy's library has only one."""
    rng = np.random.default_rng(1)
    left, right = (rng.standard_normal((MATRIX, MATRIX), np.float32) for _ in range(2))
    return float(MATRIX**3 / least_seconds({"product": lambda: left @ right})["product"])


def multiply_adds(content: bytes, frames: int | None = None) -> int:
    """Multiply-adds of one call of a TFLite network: of the convolutions and dense layers in its file.

    Element-wise work (additions, activations, pooling) is not counted: there is less of it, and it multiplies no
    matrices.

    Parameters
    ----------
    content : bytes
        A bundle's ``model.tflite``, or its ``steps.tflite``.
    frames : int, optional
        New frames of one stream, for the latter.
    """
    # Without XNNPACK, which would hide the layers that it has taken over.
    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=resolver)
    if frames is not None:
        for tensor in interpreter.get_input_details():
            shape = tensor["shape"]
            interpreter.resize_tensor_input(tensor["index"], (1, frames, shape[2]) if len(shape) == 3 else shape)
    interpreter.allocate_tensors()
    interpreter.invoke()  # only then are the shapes of all layers known
    return sum(_multiply_adds(interpreter, layer) for layer in interpreter._get_ops_details())


def _multiply_adds(interpreter: Any, layer: Mapping[str, Any]) -> int:
    def shape(tensor: int) -> Sequence[int]:
        found: list[int] = interpreter._get_tensor_details(tensor, 0)["shape"].tolist()
        return found

    if layer["op_name"] not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        return 0
    weights = shape(layer["inputs"][1])  # (out, height, width, in); (1, height, width, channels); (out, in)
    each = weights[1:3] if layer["op_name"] == "DEPTHWISE_CONV_2D" else weights[1:]
    return int(np.prod(shape(layer["outputs"][0]))) * int(np.prod(each))
