"""Run a network that takes new frames and a state, for one shape of input."""

from __future__ import annotations

from pathlib import Path

from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.models.runtimes.base import Interpreter
from whipbird.models.runtimes.interpreter import allocate, check_tensors

__all__ = ["StepRunner"]


class StepRunner:
    """Interpreter of a streaming network for one shape of input.

    Attributes
    ----------
    size : int
        Numbers of a state.
    labels : int
        Numbers that it gives for each hop.
    """

    def __init__(self, interpreter: Interpreter, path: Path, streams: int, frames: int, width: int) -> None:
        self._interpreter = interpreter
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        check_tensors(path, inputs, outputs, 2)
        ranks = [len(tensor["shape"]) for tensor in (*inputs, *outputs)]
        if sorted(ranks[:2]) != [2, 3] or sorted(ranks[2:]) != [2, 3]:
            raise BundleError(f"{path}: not a streaming network: its tensors have {ranks} dimensions")
        self._state, self._frames = (tensor["index"] for tensor in sorted(inputs, key=lambda one: len(one["shape"])))
        self._new_state, self._scores = (
            tensor["index"] for tensor in sorted(outputs, key=lambda one: len(one["shape"]))
        )
        shapes = {tensor["index"]: tensor["shape"] for tensor in (*inputs, *outputs)}
        if shapes[self._frames][2] != width:
            raise BundleError(
                f"{path}: expects {shapes[self._frames][2]} numbers per frame, but the front end gives {width}"
            )
        self.size = int(shapes[self._state][1])
        self.labels = int(shapes[self._scores][2])
        interpreter.resize_tensor_input(self._frames, (streams, frames, width))
        interpreter.resize_tensor_input(self._state, (streams, self.size))
        allocate(interpreter)

    def run(self, frames: Floats, state: Floats) -> tuple[Floats, Floats]:
        """From new frames and states to what it gives for each hop, and the new states."""
        interpreter = self._interpreter
        interpreter.set_tensor(self._frames, frames)
        interpreter.set_tensor(self._state, state)
        interpreter.invoke()
        return interpreter.get_tensor(self._scores), interpreter.get_tensor(self._new_state)
