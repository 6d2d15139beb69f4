"""TFLite interpreters, and checks that a model's tensors are those that are needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.errors import BundleError


def make_interpreter(content: bytes, path: Path) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tflite_runtime.interpreter import Interpreter  # its predecessor, where that is what is installed
        except ImportError as error:
            raise BundleError("no TFLite runtime; install one with: pip install ai-edge-litert") from error
    try:
        return Interpreter(model_content=content, num_threads=1)
    except (ValueError, RuntimeError) as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: Exception) -> BundleError:
    return BundleError(f"{path}: not a TFLite model that runs here: {str(error).splitlines()[0]}")


def check_tensors(path: Path, inputs: Sequence[Any], outputs: Sequence[Any], count: int) -> None:
    if len(inputs) != count or len(outputs) != count:
        raise BundleError(f"{path}: has {len(inputs)} inputs and {len(outputs)} outputs, not {count} of each")
    for tensor in (*inputs, *outputs):
        if tensor["dtype"] is not np.float32:
            raise BundleError(f"{path}: works on {np.dtype(tensor['dtype'])}, but float32 is needed")


def check_labels(path: Path, scored: int, named: int) -> None:
    if named != scored:
        raise BundleError(f"{path}: gives {scored} scores, but the card names {named} labels")
