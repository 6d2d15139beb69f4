"""Networks: what runs a model's TFLite files, for one stream or many at once.

There are two kinds. A windowed network sees the last frames of a stream anew at every hop, or now and then while
nothing happens (see `whipbird.events.window_skipping`). A streaming network sees the new frames alone, and a state:
what its layers need of earlier ones. Both score the same way for the detector: each stream has a memory, which the
network carries on.

TFLite plans its memory for one shape of input, so there is an interpreter for each shape that is used. They are few: a
number of streams is divided into powers of two, and a detector always gives as many frames at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.sliding_window import SlidingWindow
from whipbird.errors import BundleError
from whipbird.events.window_skipping import SkipRule

__all__ = ["StreamingNetwork", "WindowedNetwork"]


MOST_AT_ONCE = 32  # streams; more gain nothing, for the multiplications then cost more than all else


class WindowedNetwork:
    """A network that sees whole windows.

    Parameters
    ----------
    content : bytes
        TFLite model.
    path : Path
        Of the file, for errors.
    window, hop, labels : int
        Frames of a window and of a hop, scores.
    silence : array, shape (width,)
        Features of digital silence.
    sparing : SkipRule, optional
        What can be skipped while nothing happens.

    Raises
    ------
    BundleError
        If the model does not run here, or does not fit.
    """

    def __init__(
        self,
        content: bytes,
        path: Path,
        window: int,
        hop: int,
        labels: int,
        silence: Floats,
        sparing: SkipRule | None = None,
    ) -> None:
        self._interpreter = _interpreter(content, path)
        try:
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise _unusable(path, error) from error
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        _check_tensors(path, inputs, outputs, 1)
        asked, given = int(np.prod(inputs[0]["shape"])), window * len(silence)
        if asked != given:
            raise BundleError(f"{path}: wants {asked} numbers, but the card's window of {window} frames has {given}")
        _check_labels(path, int(np.prod(outputs[0]["shape"])), labels)
        self._input, self._output = inputs[0]["index"], outputs[0]["index"]
        self._shape = tuple(inputs[0]["shape"])
        self._window, self._hop, self._labels, self._silence = window, hop, labels, silence
        self._sparing, self._stride = sparing, sparing.stride if sparing else 1

    def scores(self, window: Floats) -> Floats:
        """Scores of one window, shape (window, width): shape (labels,)."""
        self._interpreter.set_tensor(self._input, window.reshape(self._shape))
        self._interpreter.invoke()
        scores: Floats = self._interpreter.get_tensor(self._output).reshape(-1)
        return scores

    def memory(self) -> SlidingWindow:
        return SlidingWindow(self._window + (self._stride - 1) * self._hop, self._silence)

    def hear(self, memories: Sequence[SlidingWindow], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        may_skip = may_skip or [False] * len(memories)
        return np.stack([self._hear(*own) for own in zip(memories, frames, may_skip, strict=True)])

    def _hear(self, memory: SlidingWindow, frames: Floats, may_skip: bool) -> Floats:
        hops = len(frames) // self._hop
        scores = np.empty((hops, self._labels), np.float32)
        sparing = self._sparing if may_skip else None
        left_out = 0  # windows before this one
        for number in range(hops):
            memory.push(frames[number * self._hop : (number + 1) * self._hop])
            if sparing and (hops - 1 - number) % self._stride:
                left_out += 1
                continue
            scores[number] = self.scores(self._view(memory, 0))
            if sparing and sparing.is_low(scores[number]):
                scores[number - left_out : number] = scores[number]
            else:
                sparing = None
                for back in range(left_out, 0, -1):
                    scores[number - back] = self.scores(self._view(memory, back))
            left_out = 0
        return scores

    def _view(self, memory: SlidingWindow, back: int) -> Floats:
        """The window that ended so many hops ago."""
        rows = memory.view()
        end = len(rows) - back * self._hop
        return rows[end - self._window : end]


class StreamingNetwork:
    """A network that sees new frames, and a state.

    Parameters
    ----------
    content : bytes
        TFLite model: from frames, shape (batch, frames, width), and state, shape (batch, size), to scores, shape
        (batch, hops, labels), and the new state. All but the widths may vary.
    path : Path
        Of the file, for errors.
    window, hop, labels : int
        Frames on which a score depends, frames of a hop, scores.
    silence : array, shape (width,)
        Features of digital silence.

    Raises
    ------
    BundleError
        If the model does not run here, or does not fit.
    """

    def __init__(self, content: bytes, path: Path, window: int, hop: int, labels: int, silence: Floats) -> None:
        self._content, self._path = content, path
        self._width = len(silence)
        self._runners: dict[tuple[int, int], _Runner] = {}
        hops = -(-window // hop) + 1
        runner = _Runner(_interpreter(content, path), path, 1, hops * hop, self._width)
        _check_labels(path, runner.labels, labels)
        scores, state = runner.run(np.tile(silence, (1, hops * hop, 1)), np.zeros((1, runner.size), np.float32))
        if scores.shape[1] != hops:
            raise BundleError(f"{path}: gives {scores.shape[1]} scores for {hops} hops of {hop} frames")
        if state.shape[1] != runner.size:
            raise BundleError(f"{path}: makes {state.shape[1]} numbers of a state of {runner.size}")
        self._silence = state

    def memory(self) -> Floats:
        """The state of one stream, shape (1, size)."""
        return self._silence.copy()

    def hear(self, memories: Sequence[Floats], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        found = []
        begin = 0
        while begin < len(memories):
            count = min(MOST_AT_ONCE, 1 << ((len(memories) - begin).bit_length() - 1))
            some = memories[begin : begin + count]
            states = np.concatenate(some)
            scores, states = self._runner(count, frames.shape[1]).run(frames[begin : begin + count], states)
            for memory, state in zip(some, states, strict=True):
                memory[:] = state
            found.append(scores)
            begin += count
        return np.concatenate(found)

    def _runner(self, streams: int, frames: int) -> _Runner:
        runner = self._runners.get((streams, frames))
        if runner is None:
            runner = _Runner(_interpreter(self._content, self._path), self._path, streams, frames, self._width)
            self._runners[streams, frames] = runner
        return runner


class _Runner:
    """An interpreter of a streaming network, for one shape of input."""

    def __init__(self, interpreter: Any, path: Path, streams: int, frames: int, width: int) -> None:
        self._interpreter = interpreter
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        _check_tensors(path, inputs, outputs, 2)
        ranks = [len(tensor["shape"]) for tensor in (*inputs, *outputs)]
        if sorted(ranks[:2]) != [2, 3] or sorted(ranks[2:]) != [2, 3]:
            raise BundleError(f"{path}: is no streaming network: its tensors have {ranks} dimensions")
        self._state, self._frames = (tensor["index"] for tensor in sorted(inputs, key=lambda one: len(one["shape"])))
        self._new_state, self._scores = (
            tensor["index"] for tensor in sorted(outputs, key=lambda one: len(one["shape"]))
        )
        shapes = {tensor["index"]: tensor["shape"] for tensor in (*inputs, *outputs)}
        if shapes[self._frames][2] != width:
            raise BundleError(f"{path}: wants {shapes[self._frames][2]} numbers a frame, the front end gives {width}")
        self.size = int(shapes[self._state][1])
        self.labels = int(shapes[self._scores][2])
        try:
            interpreter.resize_tensor_input(self._frames, (streams, frames, width))
            interpreter.resize_tensor_input(self._state, (streams, self.size))
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise BundleError(f"{path}: does not run on {frames} frames: {str(error).splitlines()[0]}") from error

    def run(self, frames: Floats, state: Floats) -> tuple[Floats, Floats]:
        interpreter = self._interpreter
        interpreter.set_tensor(self._frames, frames)
        interpreter.set_tensor(self._state, state)
        interpreter.invoke()
        return interpreter.get_tensor(self._scores), interpreter.get_tensor(self._new_state)


def _interpreter(content: bytes, path: Path) -> Any:
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
        raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> BundleError:
    return BundleError(f"{path}: not a TFLite model that runs here: {str(error).splitlines()[0]}")


def _check_tensors(path: Path, inputs: Sequence[Any], outputs: Sequence[Any], count: int) -> None:
    if len(inputs) != count or len(outputs) != count:
        raise BundleError(f"{path}: has {len(inputs)} inputs and {len(outputs)} outputs, not {count} of each")
    for tensor in (*inputs, *outputs):
        if tensor["dtype"] is not np.float32:
            raise BundleError(f"{path}: works on {np.dtype(tensor['dtype'])}, but float32 is needed")


def _check_labels(path: Path, scored: int, named: int) -> None:
    if named != scored:
        raise BundleError(f"{path}: gives {scored} scores, but the card names {named} labels")
