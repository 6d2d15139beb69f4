"""Windowed networks, which score the last frames of a stream at every hop, or less often while no event can start.

A network may take the embedding that another one, its base, gives of the window. If the window is shorter than those of
the base, it is in the middle of one, with silence before and after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.sliding_window import SlidingWindow
from whipbird.errors import BundleError
from whipbird.models.networks.activation import activate
from whipbird.models.networks.base import NetworkFile
from whipbird.models.runtimes.base import Details, Interpreter
from whipbird.models.runtimes.exposing import with_output
from whipbird.models.runtimes.interpreter import allocate, check_labels, fit, loading, make_interpreter, settle
from whipbird.models.runtimes.tensors import Tensor, chosen, fill

__all__ = ["WindowedNetwork", "WindowedState"]


class WindowedState:
    """What is kept of a stream.

    Attributes
    ----------
    rows : SlidingWindow
        The last frames.
    missing : int
        Frames before the last hop of the first window that are still to come.
    embeddings : array, shape (hops, size), or None
        Of the windows that were scored last.
    """

    def __init__(self, rows: SlidingWindow, missing: int) -> None:
        self.rows = rows
        self.missing = missing
        self.embeddings: Floats | None = None


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
        self._path, self._activation, self._of_window = path, file.activation, file.of_window
        base = None if file.base is None else WindowedNetwork(replace(file.base, embeds=True))
        if base is not None:
            if window * len(silence) > base.input_size:
                raise BundleError(f"{path}: the card's window of {window} frames is longer than those of its base")
            self._of_window = base.embedded
        silent = np.tile(silence, (window, 1))
        given = self._of_window(silent).size
        with loading(path):
            self._interpreter, taken, own = _interpreter(file if base is None else replace(file, embeds=False), given)
        self._input = Tensor(self._interpreter, taken, path)
        if self._input.size != given:
            what = f"the card's window of {window} frames" if base is None else "the embedding of its base"
            raise BundleError(f"{path}: expects {self._input.size} numbers, but {what} has {given}")
        with loading(path):
            settle(self._interpreter)
        outputs = self._interpreter.get_output_details()
        self._output = Tensor(self._interpreter, chosen(outputs[:own], file.tensors.output, "output", path), path)
        self._embedding = None
        if file.embeds and base is not None:
            self._embedding = base.embedding
        elif file.embeds:
            self._embedding = Tensor(self._interpreter, chosen(outputs, file.tensors.embedding, "output", path), path)
        check_labels(path, self._output.size, file.labels)
        self._window, self._hop, self._labels, self._silence = window, file.hop, file.labels, silence
        self._skip_rule, self._stride = file.skip_rule, file.skip_rule.stride if file.skip_rule else 1
        self._missing = window - file.hop if file.whole else 0
        with loading(path):
            self.score_window(silent)

    def score_window(self, window: Floats) -> Floats:
        """Score one window, shape (window, width); returns shape (labels,)."""
        self._input.set(self._of_window(window))
        self._interpreter.invoke()
        return activate(self._output.get(), self._activation, self._path)

    @property
    def input_size(self) -> int:
        """Numbers that it takes."""
        return self._input.size

    @property
    def embedding(self) -> Tensor:
        """The tensor of the embedding; only for a network whose embeddings are wanted."""
        assert self._embedding is not None
        return self._embedding

    def embedded(self, window: Floats) -> Floats:
        """The embedding of a window of up to `input_size` samples, shape (size,)."""
        missing = self.input_size - window.size
        self._input.set(np.pad(window.reshape(-1), (missing // 2, missing - missing // 2)))
        self._interpreter.invoke()
        return self.embedding.get()

    def new_state(self) -> WindowedState:
        rows = SlidingWindow(self._window + (self._stride - 1) * self._hop, self._silence)
        return WindowedState(rows, self._missing)

    def score(self, states: Sequence[WindowedState], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        may_skip = may_skip or [False] * len(states)
        return np.stack([self._score(*stream) for stream in zip(states, frames, may_skip, strict=True)])

    def embeddings(self, state: WindowedState) -> Floats | None:
        return state.embeddings

    def _score(self, state: WindowedState, frames: Floats, may_skip: bool) -> Floats:
        """Score the next frames of one stream; returns shape (hops, labels)."""
        if state.missing:
            state.rows.push(frames[: state.missing])
            frames, state.missing = frames[state.missing :], 0
        hops = len(frames) // self._hop
        scores = np.empty((hops, self._labels), np.float32)
        if self._embedding is not None:
            state.embeddings = np.empty((hops, self._embedding.size), np.float32)
        rule = self._skip_rule if may_skip else None
        skipped = 0  # consecutive windows before this one
        for number in range(hops):
            state.rows.push(frames[number * self._hop : (number + 1) * self._hop])
            if rule and (hops - 1 - number) % self._stride:
                skipped += 1
                continue
            scores[number] = self._score_at(state, 0)
            if self._embedding is not None and state.embeddings is not None:
                state.embeddings[number] = self._embedding.get()
            if rule and rule.is_low(scores[number]):
                scores[number - skipped : number] = scores[number]
            else:
                rule = None
                for back in range(skipped, 0, -1):
                    scores[number - back] = self._score_at(state, back)
            skipped = 0
        return scores

    def _score_at(self, state: WindowedState, back: int) -> Floats:
        """Scores of the window that ended ``back`` hops ago, shape (labels,)."""
        return self.score_window(self._view(state, back))

    def _view(self, state: WindowedState, back: int) -> Floats:
        """The window that ended ``back`` hops ago."""
        rows = state.rows.view()
        end = len(rows) - back * self._hop
        return rows[end - self._window : end]


def _interpreter(file: NetworkFile, given: int) -> tuple[Interpreter, Details, int]:
    """An interpreter that is ready to run, its input for windows, and how many outputs the file has by itself."""
    interpreter, wanted, path = make_interpreter(file.content), file.tensors.embedding, file.path
    outputs = interpreter.get_output_details()
    if file.embeds and wanted is None:
        raise BundleError(f"{path}: gives no embeddings, or its card does not say which tensor they are")
    if file.embeds and isinstance(wanted, str) and all(one["name"] != wanted for one in outputs):
        inner = [one for one in interpreter.get_tensor_details() if one["name"] == wanted]
        if inner:
            interpreter = make_interpreter(with_output(file.content, inner[-1]["index"]))
    fit(interpreter, chosen(interpreter.get_input_details(), file.tensors.input, "input", path), given, path)
    allocate(interpreter)
    inputs = interpreter.get_input_details()
    for other in inputs:
        fill(interpreter, other, file.tensors.constants.get(other["name"], 0))
    return interpreter, chosen(inputs, file.tensors.input, "input", path), len(outputs)
