"""Windowed networks, which score the last frames of a stream at every hop, or less often while no event can start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.sliding_window import SlidingWindow
from whipbird.errors import BundleError
from whipbird.models.networks.base import NetworkFile
from whipbird.models.networks.interpreter import allocate, check_labels, check_tensors, loading, make_interpreter

__all__ = ["WindowedNetwork"]


class WindowedNetwork:
    """A network that scores whole windows.

    Parameters
    ----------
    file : NetworkFile

    Raises
    ------
    BundleError
        If the model does not run here, or does not fit what its card says.
    """

    FILE: ClassVar = "model.tflite"

    def __init__(self, file: NetworkFile) -> None:
        path, window, silence = file.path, file.window, file.silence
        with loading(path):
            self._interpreter = make_interpreter(file.content)
            allocate(self._interpreter)
            inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        check_tensors(path, inputs, outputs, 1)
        expected, given = int(np.prod(inputs[0]["shape"])), window * len(silence)
        if expected != given:
            raise BundleError(
                f"{path}: expects {expected} numbers, but the card's window of {window} frames has {given}"
            )
        check_labels(path, int(np.prod(outputs[0]["shape"])), file.labels)
        self._input, self._output = inputs[0]["index"], outputs[0]["index"]
        self._shape = tuple(inputs[0]["shape"])
        self._window, self._hop, self._labels, self._silence = window, file.hop, file.labels, silence
        self._skip_rule, self._stride = file.skip_rule, file.skip_rule.stride if file.skip_rule else 1
        with loading(path):
            self.score_window(np.tile(silence, (window, 1)))

    def score_window(self, window: Floats) -> Floats:
        """Score one window, shape (window, width); returns shape (labels,)."""
        self._interpreter.set_tensor(self._input, window.reshape(self._shape))
        self._interpreter.invoke()
        scores: Floats = self._interpreter.get_tensor(self._output).reshape(-1)
        return scores

    def new_state(self) -> SlidingWindow:
        return SlidingWindow(self._window + (self._stride - 1) * self._hop, self._silence)

    def score(self, states: Sequence[SlidingWindow], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        may_skip = may_skip or [False] * len(states)
        return np.stack([self._score(*stream) for stream in zip(states, frames, may_skip, strict=True)])

    def _score(self, state: SlidingWindow, frames: Floats, may_skip: bool) -> Floats:
        """Score the next frames of one stream; returns shape (hops, labels)."""
        hops = len(frames) // self._hop
        scores = np.empty((hops, self._labels), np.float32)
        rule = self._skip_rule if may_skip else None
        skipped = 0  # consecutive windows before this one
        for number in range(hops):
            state.push(frames[number * self._hop : (number + 1) * self._hop])
            if rule and (hops - 1 - number) % self._stride:
                skipped += 1
                continue
            scores[number] = self._score_at(state, 0)
            if rule and rule.is_low(scores[number]):
                scores[number - skipped : number] = scores[number]
            else:
                rule = None
                for back in range(skipped, 0, -1):
                    scores[number - back] = self._score_at(state, back)
            skipped = 0
        return scores

    def _score_at(self, state: SlidingWindow, back: int) -> Floats:
        """Scores of the window that ended ``back`` hops ago, shape (labels,)."""
        return self.score_window(self._view(state, back))

    def _view(self, state: SlidingWindow, back: int) -> Floats:
        """The window that ended ``back`` hops ago."""
        rows = state.view()
        end = len(rows) - back * self._hop
        return rows[end - self._window : end]
