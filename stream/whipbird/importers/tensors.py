"""What a TFLite or ONNX file says about itself: its inputs and outputs, and what kind of numbers its outputs are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.models.runtimes.base import Details
from whipbird.models.runtimes.interpreter import (
    allocate,
    fit,
    loading,
    make_interpreter,
    settle,
    shape_text,
    signature_of,
)
from whipbird.models.runtimes.tensors import Tensor as RunningTensor
from whipbird.models.runtimes.tensors import fill

__all__ = ["Tensor", "TensorFile", "state_options"]

LOUDNESS = (0.0, 0.01, 0.3)  # of the noise on which outputs are tried
SUM_TOLERANCE = 1e-3
NO_CONSTANTS: Mapping[str, float] = MappingProxyType({})


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
        return f"{shape_text(self.name, self.shape)} {self.type}"


class TensorFile:
    """A file of a network, loaded to be looked at.

    Parameters
    ----------
    content : bytes
    path : Path
        For error messages.
    window : int, optional
        Numbers in a window, for an input whose length is open.
    constants : mapping, optional
        Values of inputs that always have the same.
    states : collection of str, optional
        Inputs that take outputs.

    Raises
    ------
    BundleError
        If it is not a model that runs here.

    Attributes
    ----------
    inputs, outputs : list of Tensor
        Inputs without constants and states.
    """

    def __init__(
        self,
        content: bytes,
        path: Path,
        window: int | None = None,
        constants: Mapping[str, float] = NO_CONSTANTS,
        states: Collection[str] = (),
    ) -> None:
        self._path = path
        with loading(path):
            interpreter = self._interpreter = make_interpreter(content)
            inputs = interpreter.get_input_details()
            taken = [one for one in inputs if one["name"] not in constants and one["name"] not in states]
            if window is not None:
                for one in taken:
                    fit(interpreter, one, window, path)
            allocate(interpreter)
            for one in interpreter.get_input_details():
                if one["name"] in constants:
                    fill(interpreter, one, constants[one["name"]])
            is_open = any(min(signature_of(one)[1:], default=0) < 0 for one in taken)
            names = [one["name"] for one in taken]
            if window is not None or not is_open:
                self._settle(names)
            shaped = _tensor if window is None else _shaped
            self.inputs = [shaped(one) for one in interpreter.get_input_details() if one["name"] in names]
            self.outputs = [shaped(one) for one in interpreter.get_output_details()]
        self._taken = names

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

    def _settle(self, taken: Collection[str]) -> None:
        """Run once if that shows shapes; raises BundleError if inputs besides the window have to be given."""
        try:
            settle(self._interpreter)
        except Exception as error:
            if len(taken) == 1:
                raise
            inputs = [one for one in map(_tensor, self._interpreter.get_input_details()) if one.name in taken]
            options = state_options(inputs, list(map(_tensor, self._interpreter.get_output_details())))
            raise BundleError(
                f"{self._path}: does not run with zeros in all of its inputs ({', '.join(taken)}); give those that are "
                f"not the window: {options or '--state INPUT=OUTPUT, --constant INPUT=NUMBER'}"
            ) from error

    def _run(self, loudness: float, number: int) -> Floats:
        random = np.random.default_rng(1)
        interpreter = self._interpreter
        with loading(self._path):
            for details in interpreter.get_input_details():
                if details["name"] not in self._taken:
                    continue
                given = RunningTensor(interpreter, details, self._path)
                given.set(random.normal(0, loudness, given.size).astype(np.float32))
            interpreter.invoke()
            return RunningTensor(interpreter, interpreter.get_output_details()[number], self._path).get()


def state_options(inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> str:
    """Options for inputs that seem to be a state, as an output has their shape, or one number; empty without any."""
    found = []
    for one in inputs:
        same = next((other.name for other in outputs if _fits(one, other)), None)
        if not one.shape or one.shape == (1,):
            found.append(f"--constant {one.name}=NUMBER")
        elif max(one.shape) > 1 and same is not None:
            found.append(f"--state {one.name}={same}")
    return " ".join(found)


def _fits(one: Tensor, other: Tensor) -> bool:
    """Whether an input can take an output; lengths that are open fit any other."""
    return (
        one.type == other.type
        and len(one.shape) == len(other.shape)
        and all(a == b or min(a, b) < 0 for a, b in zip(one.shape, other.shape, strict=True))
    )


def _tensor(details: Details) -> Tensor:
    return Tensor(details["name"], tuple(signature_of(details)), str(np.dtype(details["dtype"])))


def _shaped(details: Details) -> Tensor:
    return Tensor(details["name"], tuple(int(size) for size in details["shape"]), str(np.dtype(details["dtype"])))
