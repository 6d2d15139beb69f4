"""Interface of interpreters: that of TFLite's, as far as networks and front ends need it.

An interpreter of another runtime has the same, so that networks run on it without knowing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

__all__ = ["OPEN", "Details", "Interpreter"]

OPEN = -1  # in the signature of a shape: a length that the file does not fix
Details = dict[str, Any]  # of a tensor: index, name, shape, shape_signature, dtype and quantization


class Interpreter(Protocol):
    """What is needed of an interpreter."""

    def get_input_details(self) -> list[Details]: ...

    def get_output_details(self) -> list[Details]: ...

    def get_tensor_details(self) -> list[Details]:
        """Details of every tensor, also of inner ones."""

    def resize_tensor_input(self, index: int, shape: Sequence[int]) -> None:
        """Set the shape of an input; `allocate_tensors` comes next."""

    def allocate_tensors(self) -> None: ...

    def set_tensor(self, index: int, numbers: NDArray[Any]) -> None: ...

    def invoke(self) -> None:
        """Compute the outputs from the inputs."""

    def get_tensor(self, index: int) -> NDArray[Any]: ...
