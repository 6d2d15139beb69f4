"""A network without state that computes many inputs at once.

A call costs some microseconds and the interpreter lock besides the work, which other threads may hold for long. So
inputs are computed eight at a time, and the rest one by one: few sizes, since each needs an interpreter of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.runtimes.interpreter import allocate, loading, make_interpreter
from whipbird.models.runtimes.tensors import Tensor

__all__ = ["BatchedNetwork"]

AT_ONCE = 8


class BatchedNetwork:
    """A network with one input and one output, whose first axis counts inputs; used on one thread at a time.

    Parameters
    ----------
    content : bytes
    shape : tuple of int
        Of one input.
    given : int
        How many numbers it gives for each.
    path : Path
        For error messages.

    Raises
    ------
    BundleError
        If it does not run here, or does not fit.
    """

    def __init__(self, content: bytes, shape: tuple[int, ...], given: int, path: Path) -> None:
        self._content, self._shape, self._given, self._path = content, shape, given, path
        self._runners = {1: _Runner(content, (1, *shape), given, path)}

    def run(self, numbers: Floats) -> Floats:
        """Outputs, shape (n, given), of inputs, shape (n, ...)."""
        outputs = np.empty((len(numbers), self._given), np.float32)
        start = 0
        while start < len(numbers):
            count = AT_ONCE if len(numbers) - start >= AT_ONCE else 1
            outputs[start : start + count] = self._runner(count).run(numbers[start : start + count])
            start += count
        return outputs

    def _runner(self, count: int) -> _Runner:
        if count not in self._runners:
            self._runners[count] = _Runner(self._content, (count, *self._shape), count * self._given, self._path)
        return self._runners[count]


class _Runner:
    """An interpreter for inputs of one shape."""

    def __init__(self, content: bytes, shape: tuple[int, ...], given: int, path: Path) -> None:
        with loading(path):
            self._interpreter = make_interpreter(content)
            self._interpreter.resize_tensor_input(self._interpreter.get_input_details()[0]["index"], shape)
            allocate(self._interpreter)
            self._input = Tensor(self._interpreter, self._interpreter.get_input_details()[0], path)
            self._interpreter.invoke()  # only then is the length of the output known
            self._output = Tensor(self._interpreter, self._interpreter.get_output_details()[0], path)
            if self._output.size != given:
                raise ValueError(f"it gives {self._output.size} numbers, not {given}")
        self._count = shape[0]

    def run(self, numbers: Floats) -> Floats:
        self._input.set(numbers)
        self._interpreter.invoke()
        return self._output.get().reshape(self._count, -1)
