"""What a TFLite file says about itself: its inputs and outputs, and what kind of numbers its outputs are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.runtimes.interpreter import allocate, loading, make_interpreter
from whipbird.models.runtimes.tensors import Tensor as RunningTensor

__all__ = ["Tensor", "TensorFile"]

LOUDNESS = (0.0, 0.01, 0.3)  # of the noise on which outputs are tried
SUM_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Tensor:
    """An input or output.

    Attributes
    ----------
    name : str
    shape : tuple of int
        -1 for a length that varies.
    type : str
        Such as ``float32``.
    """

    name: str
    shape: tuple[int, ...]
    type: str

    @property
    def length(self) -> int:
        """Numbers in it; negative if that varies, apart from the number of windows."""
        return int(np.prod(self.shape[1:])) * abs(self.shape[0])

    def __str__(self) -> str:
        return f"{self.name} [{', '.join('any' if size < 0 else str(size) for size in self.shape)}] {self.type}"


class TensorFile:
    """A TFLite file, loaded to be looked at.

    Parameters
    ----------
    content : bytes
    path : Path
        For error messages.

    Raises
    ------
    BundleError
        If it is not a TFLite model that runs here.

    Attributes
    ----------
    inputs, outputs : list of Tensor
    """

    def __init__(self, content: bytes, path: Path) -> None:
        self._path = path
        with loading(path):
            self._interpreter = make_interpreter(content)
            allocate(self._interpreter)
            self.inputs = [_tensor(one) for one in self._interpreter.get_input_details()]
            self.outputs = [_tensor(one) for one in self._interpreter.get_output_details()]

    def activation(self, number: int) -> str | None:
        """What kind of numbers an output seems to be, from noise on all inputs.

        Returns
        -------
        str or None
            ``softmax`` if they add up to 1, ``none`` if they are scores between 0 and 1, None if an activation is
            missing.
        """
        tried = np.stack([self._run(loudness, number) for loudness in LOUDNESS])
        if not (np.isfinite(tried).all() and tried.min() >= 0 and tried.max() <= 1):
            return None
        return "softmax" if np.allclose(tried.sum(axis=1), 1, atol=SUM_TOLERANCE) else "none"

    def _run(self, loudness: float, number: int) -> Floats:
        random = np.random.default_rng(1)
        interpreter = self._interpreter
        with loading(self._path):
            for details in interpreter.get_input_details():
                given = RunningTensor(interpreter, details, self._path)
                given.set(random.normal(0, loudness, given.size).astype(np.float32))
            interpreter.invoke()
            return RunningTensor(interpreter, interpreter.get_output_details()[number], self._path).get()


def _tensor(details: Any) -> Tensor:
    shape = details.get("shape_signature", details["shape"])
    shape = shape if len(shape) == len(details["shape"]) else details["shape"]
    return Tensor(details["name"], tuple(int(size) for size in shape), str(np.dtype(details["dtype"])))
