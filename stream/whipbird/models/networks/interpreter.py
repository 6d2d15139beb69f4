"""TFLite interpreters, and checks of their tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.errors import BundleError

__all__ = ["check_labels", "check_tensors", "make_interpreter", "unusable"]


def make_interpreter(content: bytes, path: Path) -> Any:
    """An interpreter of a TFLite model with one thread; raises BundleError if the model does not run here."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tflite_runtime.interpreter import Interpreter  # its predecessor, if that is installed instead
        except ImportError as error:
            raise BundleError("no TFLite runtime; install one with: pip install ai-edge-litert") from error
    return Interpreter(model_content=content, num_threads=1)


@contextmanager
def loading(path: Path) -> Iterator[None]:
    """Turn whatever TFLite raises while a model is loaded and tried into a BundleError that names the file."""
    try:
        return Interpreter(model_content=content, num_threads=1)
    except (ValueError, RuntimeError) as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: Exception) -> BundleError:
    """The error for a model that TFLite refuses."""
    return BundleError(f"{path}: not a TFLite model that runs here: {str(error).splitlines()[0]}")


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
