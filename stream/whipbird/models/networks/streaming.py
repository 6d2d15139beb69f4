"""Streaming networks, which score new frames and carry a state along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.models.networks.activation import activate
from whipbird.models.networks.base import NetworkFile
from whipbird.models.runtimes.interpreter import check_labels, loading, make_interpreter
from whipbird.models.runtimes.steps import StepRunner

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
        self._runners: dict[tuple[int, int], StepRunner] = {}
        hops = -(-file.window // hop) + 1
        with loading(path):
            runner = StepRunner(make_interpreter(file.content), path, 1, hops * hop, self._width)
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

    def _runner(self, streams: int, frames: int) -> StepRunner:
        runner = self._runners.get((streams, frames))
        if runner is None:
            runner = StepRunner(make_interpreter(self._content), self._path, streams, frames, self._width)
            self._runners[streams, frames] = runner
        return runner
