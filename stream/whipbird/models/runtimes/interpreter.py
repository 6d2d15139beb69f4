"""Interpreters, which run a network, and checks of its tensors.

An interpreter of another runtime has the interface of TFLite's, as far as `Interpreter` says; networks and front ends
then run on it without knowing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from whipbird.errors import BundleError
from whipbird.system.native_stderr import without_native_lines

__all__ = ["Details", "Interpreter", "allocate", "check_labels", "check_tensors", "loading", "make_interpreter"]


ANNOUNCEMENT = b"INFO: "  # start of TFLite's lines that report no problem

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


_announced = False
_announcing = threading.Lock()


def make_interpreter(content: bytes, own_kernels: bool = False) -> Interpreter:
    """An interpreter of a TFLite model, on one thread; raises whatever TFLite raises.

    Parameters
    ----------
    own_kernels : bool
        Whether TFLite computes everything itself, as on small computers, and not with XNNPACK, which rounds integers
        otherwise.
    """
    try:
        from ai_edge_litert import interpreter as tflite
    except ImportError:
        try:
            from tflite_runtime import interpreter as tflite  # its predecessor, if that is installed
        except ImportError as error:
            raise BundleError("no TFLite runtime; install one with: pip install ai-edge-litert") from error
    kinds = tflite.OpResolverType
    kind = kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES if own_kernels else kinds.AUTO
    interpreter: Interpreter = tflite.Interpreter(
        model_content=content, num_threads=1, experimental_op_resolver_type=kind
    )
    return interpreter


def allocate(interpreter: Interpreter) -> None:
    """Allocate an interpreter's tensors; raises whatever TFLite raises.

    TFLite announces on standard error, once, that it runs on XNNPACK; a program that uses the library did not ask.
    """
    global _announced
    if _announced:
        interpreter.allocate_tensors()
        return
    with _announcing, without_native_lines(ANNOUNCEMENT):
        interpreter.allocate_tensors()
        _announced = True


@contextmanager
def loading(path: Path) -> Iterator[None]:
    """Turn whatever TFLite raises while a model is loaded and tried into a BundleError that names the file."""
    try:
        yield
    except BundleError:
        raise
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise BundleError(f"{path}: not a TFLite model that runs here: {reason}") from error


def check_tensors(path: Path, inputs: Sequence[Any], outputs: Sequence[Any], count: int) -> None:
    """Raise BundleError unless there are `count` inputs and outputs, all float32."""
    if len(inputs) != count or len(outputs) != count:
        raise BundleError(f"{path}: has {len(inputs)} inputs and {len(outputs)} outputs, not {count} of each")
    for tensor in (*inputs, *outputs):
        if tensor["dtype"] is not np.float32:
            raise BundleError(f"{path}: has tensors of {np.dtype(tensor['dtype'])}, but float32 is needed")


def check_labels(path: Path, scored: int, named: int) -> None:
    """Raise BundleError unless the network scores as many labels as the card names."""
    if named != scored:
        raise BundleError(f"{path}: gives {scored} scores, but the card names {named} labels")
