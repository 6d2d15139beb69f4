"""Interpreters of TFLite and ONNX networks, and checks of their tensors."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.errors import BundleError
from whipbird.models.runtimes.base import OPEN, Details, Interpreter
from whipbird.models.runtimes.onnx import OnnxInterpreter
from whipbird.system.native_stderr import without_native_lines

__all__ = [
    "ONNX",
    "allocate",
    "check_labels",
    "check_tensors",
    "file_name",
    "fit",
    "loading",
    "make_interpreter",
    "settle",
    "shape_text",
]


ONNX, ONNX_START, TFLITE_MARK = ".onnx", b"\x08", b"TFL3"
ANNOUNCEMENT = b"INFO: "  # start of TFLite's lines that report no problem

_announced = False
_announcing = threading.Lock()


def file_name(name: str, content: bytes) -> str:
    """Name of a network's file in a bundle: that of a TFLite file, or ``.onnx`` in place of its ending."""
    return str(Path(name).with_suffix(ONNX)) if _is_onnx(content) else name


def _is_onnx(content: bytes) -> bool:
    """Whether the content of a file starts like an ONNX model, with the number of its version, and not like TFLite."""
    return content[:1] == ONNX_START and content[4:8] != TFLITE_MARK


def make_interpreter(content: bytes, own_kernels: bool = False) -> Interpreter:
    """An interpreter of a TFLite or ONNX model, on one thread; raises whatever its runtime raises.

    Parameters
    ----------
    own_kernels : bool
        Whether TFLite computes everything itself, as on small computers, and not with XNNPACK, which rounds integers
        otherwise.
    """
    if _is_onnx(content):
        return OnnxInterpreter(content)
    try:
        import ai_edge_litert.interpreter as tflite
    except ImportError:
        try:
            import tflite_runtime.interpreter as tflite  # its predecessor, if that is installed
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


def fit(interpreter: Interpreter, details: Details, size: int, path: Path) -> None:
    """Give an input whose shape is open the shape that holds this many numbers, before tensors are allocated.

    The first axis counts windows, of which there is one. One more may be open.

    Raises
    ------
    BundleError
        If more are.
    """
    signature = signature_of(details)
    unknown = [axis for axis, length in enumerate(signature) if length == OPEN]
    lengths = [axis for axis in unknown if axis > 0 or len(signature) == 1]
    if len(lengths) > 1:
        raise BundleError(f"{path}: {shape_text(details['name'], signature)}: more than one length is open")
    shape = [1 if axis in unknown else length for axis, length in enumerate(signature)]
    for axis in lengths:
        shape[axis] = max(1, size // int(np.prod(shape)))
    if unknown and shape != [int(length) for length in details["shape"]]:
        interpreter.resize_tensor_input(details["index"], shape)


def signature_of(details: Details) -> list[int]:
    """Shape of a tensor, with -1 for lengths that the file leaves open."""
    shape = details["shape"]
    signature: Any = details.get("shape_signature", shape)
    return [int(length) for length in (signature if len(signature) == len(shape) else shape)]


def shape_text(name: str, shape: Sequence[int]) -> str:
    """A tensor's name and shape, for people: lengths that are open are ``any``."""
    return f"{name} [{', '.join('any' if length < 0 else str(length) for length in shape)}]"


def settle(interpreter: Interpreter) -> None:
    """Run once with what the inputs hold, if the shapes of outputs are not known before."""
    if any(OPEN in signature_of(one) for one in interpreter.get_output_details()):
        interpreter.invoke()


@contextmanager
def loading(path: Path) -> Iterator[None]:
    """Turn whatever a runtime raises while a model is loaded and tried into a BundleError that names the file."""
    try:
        yield
    except BundleError:
        raise
    except Exception as error:
        kind = "an ONNX" if path.suffix.lower() == ONNX else "a TFLite"
        raise BundleError(f"{path}: not {kind} model that runs here: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What a runtime says in one line; of ONNX Runtime's nested messages, the innermost."""
    line = (str(error) or type(error).__name__).splitlines()[0]
    return re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", line.rpartition("Status Message: ")[2])


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
