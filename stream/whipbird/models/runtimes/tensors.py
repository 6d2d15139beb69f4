"""Inputs and outputs of a TFLite network: which tensors they are, and their numbers as float32.

Networks of integers have a scale and a zero point for each tensor; their numbers are ``scale * (integer - zero)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.models.runtimes.base import Interpreter

__all__ = ["Tensor", "chosen", "fill"]

FLOATS = (np.float32, np.float16)
INTEGERS = (np.int8, np.uint8, np.int16)


class Tensor:
    """One tensor of an interpreter.

    Parameters
    ----------
    interpreter : Interpreter
    details : dict
        What the interpreter says about the tensor.
    path : Path
        Of the network, for error messages.

    Raises
    ------
    BundleError
        If its numbers are of a type that cannot be used.

    Attributes
    ----------
    index : int
        Its number in the interpreter.
    shape : tuple of int
    type : type
        Of its numbers.
    size : int
        How many numbers it has.
    """

    def __init__(self, interpreter: Interpreter, details: Any, path: Path) -> None:
        self._interpreter = interpreter
        self.index = details["index"]
        self.shape = tuple(int(length) for length in details["shape"])
        self.type = details["dtype"]
        self._scale, self._zero = details["quantization"]
        self.size = int(np.prod(self.shape))
        if self.type not in FLOATS and not (self.type in INTEGERS and self._scale > 0):
            kind = np.dtype(self.type).name
            raise BundleError(f"{path}: has tensors of {kind}, but float32, float16 or scaled integers are needed")

    def set(self, numbers: Floats) -> None:
        """Give it these numbers, of any shape."""
        self._interpreter.set_tensor(self.index, self.encode(numbers).reshape(self.shape))

    def get(self) -> Floats:
        """Its numbers, shape (size,)."""
        return self.decode(self._interpreter.get_tensor(self.index).reshape(-1))

    def encode(self, numbers: Floats) -> NDArray[Any]:
        """Numbers as the interpreter takes them."""
        if self.type in INTEGERS:
            limits = np.iinfo(self.type)
            numbers = np.clip(np.rint(numbers / self._scale) + self._zero, limits.min, limits.max)
        return numbers.astype(self.type, copy=False)

    def decode(self, given: NDArray[Any]) -> Floats:
        """What the interpreter gives as numbers."""
        if self.type in INTEGERS:
            given = (given.astype(np.float32) - self._zero) * np.float32(self._scale)
        floats: Floats = given.astype(np.float32, copy=False)
        return floats


def fill(interpreter: Interpreter, details: Any, number: float) -> None:
    """Set every number of an input, which may be of any type."""
    interpreter.set_tensor(details["index"], np.full(details["shape"], number, details["dtype"]))


def chosen(details: Sequence[Any], wanted: str | int | None, what: str, path: Path) -> Any:
    """What is known of the input or output that a card names.

    Parameters
    ----------
    details : sequence of dict
        Of all inputs, or all outputs.
    wanted : str, int or None
        The name or number of one; None if there is only one.
    what : str
        ``input`` or ``output``, for error messages.

    Raises
    ------
    BundleError
        If there is no such tensor.
    """
    if wanted is None and len(details) == 1:
        return details[0]
    if isinstance(wanted, int) and 0 <= wanted < len(details):
        return details[wanted]
    for one in details:
        if one["name"] == wanted:
            return one
    names = ", ".join(one["name"] for one in details)
    asked = "the card's tensors name none of them" if wanted is None else f"none of them is {wanted!r}"
    raise BundleError(f"{path}: has {len(details)} {what}s ({names}), and {asked}")
