"""Streaming networks, which score new frames and carry a state along."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.models.networks.activation import activate
from whipbird.models.networks.base import NetworkFile
from whipbird.models.runtimes.base import Interpreter
from whipbird.models.runtimes.interpreter import allocate, check_labels, check_tensors, loading, make_interpreter

__all__ = ["StreamingNetwork"]


MOST_AT_ONCE = 32  # streams; more gain nothing, because multiplications then dominate the cost


class StreamingNetwork:
    """A network that scores only new frames and carries a state along; it skips no windows.

    Parameters
    ----------
    file : NetworkFile
        A model from frames, shape (batch, frames, width), and state, shape (batch, size), to scores, shape (batch,
        hops, labels), and the new state. All sizes except width, size and labels may vary.

    Raises
    ------
    BundleError
        If the model does not run here, or does not fit what its card says.
    """

    FILE: ClassVar = "steps.tflite"

    def __init__(self, file: NetworkFile) -> None:
        path, hop = file.path, file.hop
        if file.embeds:
            raise BundleError(f"{path}: gives no embeddings")
        self._content, self._path, self._activation = file.content, path, file.activation
        self._width = len(file.silence)
        self._runners: dict[tuple[int, int], _Runner] = {}
        hops = -(-file.window // hop) + 1
        with loading(path):
            runner = _Runner(make_interpreter(file.content), path, 1, hops * hop, self._width)
            check_labels(path, runner.labels, file.labels)
            scores, state = runner.run(
                np.tile(file.silence, (1, hops * hop, 1)), np.zeros((1, runner.size), np.float32)
            )
        if scores.shape[1] != hops:
            raise BundleError(f"{path}: gives {scores.shape[1]} scores for {hops} hops of {hop} frames")
        if state.shape[1] != runner.size:
            raise BundleError(f"{path}: turns a state of {runner.size} numbers into one of {state.shape[1]}")
        self._silence = state

    def new_state(self) -> Floats:
        """State of a new stream, as after silence, shape (1, size)."""
        return self._silence.copy()

    def score(self, states: Sequence[Floats], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        scored = []
        start = 0
        while start < len(states):
            count = min(MOST_AT_ONCE, 1 << ((len(states) - start).bit_length() - 1))
            group = states[start : start + count]
            runner = self._runner(count, frames.shape[1])
            scores, new_states = runner.run(frames[start : start + count], np.concatenate(group))
            for state, new_state in zip(group, new_states, strict=True):
                state[:] = new_state
            scored.append(scores)
            start += count
        return activate(np.concatenate(scored), self._activation, self._path)

    def embeddings(self, state: Floats) -> None:
        """None: it gives scores alone."""

    def _runner(self, streams: int, frames: int) -> _Runner:
        runner = self._runners.get((streams, frames))
        if runner is None:
            runner = _Runner(make_interpreter(self._content), self._path, streams, frames, self._width)
            self._runners[streams, frames] = runner
        return runner


class _Runner:
    """Interpreter of a streaming network for one shape of input."""

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
        interpreter = self._interpreter
        interpreter.set_tensor(self._frames, frames)
        interpreter.set_tensor(self._state, state)
        interpreter.invoke()
        return interpreter.get_tensor(self._scores), interpreter.get_tensor(self._new_state)
