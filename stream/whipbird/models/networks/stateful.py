"""Networks of other programs that carry a state along: inside, or as inputs that take the outputs of the call before.

A state inside, in TFLite's variables, belongs to an interpreter, so each stream has an interpreter of its own. It runs
on TFLite's own kernels, so that scores are those of a small computer: a state keeps what is rounded otherwise. States
that are inputs and outputs are named in the card (`Tensors.states`); one interpreter then serves all streams.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.audio.sliding_window import SlidingWindow
from whipbird.errors import BundleError
from whipbird.models.networks.activation import activate
from whipbird.models.networks.base import NetworkFile
from whipbird.models.runtimes.base import Details
from whipbird.models.runtimes.interpreter import allocate, check_labels, fit, loading, make_interpreter, settle
from whipbird.models.runtimes.tensors import Tensor, chosen, fill

__all__ = ["StatefulNetwork", "StatefulState"]


class StatefulState:
    """What is kept of a stream.

    Attributes
    ----------
    runner : Runner
        With an interpreter of its own, if the state is inside.
    kept : list of array
        The states that are inputs next time.
    rows : SlidingWindow
        The last frames.
    """

    def __init__(self, runner: _Runner, rows: SlidingWindow) -> None:
        self.runner = runner
        self.kept = runner.initial()
        self.rows = rows


class StatefulNetwork:
    """A network that takes the frames of a hop, perhaps after some that it has seen, and carries a state along.

    It skips no windows, and starts with each segment as it is in its file.

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
        if file.embeds:
            raise BundleError(f"{file.path}: gives no embeddings")
        self._file, self._hop, self._labels = file, file.hop, file.labels
        runner = _Runner(file)
        width = len(file.silence)
        self._frames = runner.taken // width
        if runner.taken % width or self._frames < file.hop:
            raise BundleError(
                f"{file.path}: expects {runner.taken} numbers, but the card's hop of {file.hop} frames has "
                f"{file.hop * width}"
            )
        check_labels(file.path, runner.given, file.labels)
        with loading(file.path):
            runner.run(np.tile(file.silence, (self._frames, 1)), runner.initial())
        self._shared = runner if file.tensors.states else None

    def new_state(self) -> StatefulState:
        runner = self._shared or _Runner(self._file)
        return StatefulState(runner, SlidingWindow(self._frames, self._file.silence))

    def score(self, states: Sequence[StatefulState], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        hops = frames.shape[1] // self._hop
        outputs = np.empty((len(states), hops, self._labels), np.float32)
        for state, own, result in zip(states, frames, outputs, strict=True):
            for number in range(hops):
                state.rows.push(own[number * self._hop : (number + 1) * self._hop])
                result[number] = state.runner.run(state.rows.view(), state.kept)
        return activate(outputs, self._file.activation, self._file.path)

    def embeddings(self, state: StatefulState) -> None:
        """None: it gives scores alone."""


class _Runner:
    """An interpreter with its tensors.

    Attributes
    ----------
    taken, given : int
        Numbers that it takes and gives, apart from states.
    """

    def __init__(self, file: NetworkFile) -> None:
        path, tensors = file.path, file.tensors
        others = [*tensors.states, *tensors.constants]
        with loading(path):
            interpreter = self._interpreter = make_interpreter(file.content, own_kernels=not tensors.states)
            rest = _without(interpreter.get_input_details(), others)
            size = file.window * len(file.silence)
            fit(interpreter, chosen(rest, tensors.input, "input", path), size, path)
            allocate(interpreter)
            inputs = interpreter.get_input_details()
            for name, number in tensors.constants.items():
                fill(interpreter, chosen(inputs, name, "input", path), number)
            settle(interpreter)
            outputs = interpreter.get_output_details()
        self._states = [
            (chosen(inputs, taken, "input", path), chosen(outputs, given, "output", path))
            for taken, given in tensors.states.items()
        ]
        for taken, given in self._states:
            _check_state(path, taken, given)
        scores = _without(outputs, list(tensors.states.values()))
        taken = chosen(_without(inputs, others), tensors.input, "input", path)
        self._input = Tensor(interpreter, taken, path)
        self._output = Tensor(interpreter, chosen(scores, tensors.output, "output", path), path)
        self.taken, self.given = self._input.size, self._output.size

    def initial(self) -> list[NDArray[Any]]:
        """States of a new stream."""
        return [np.zeros(taken["shape"], taken["dtype"]) for taken, _ in self._states]

    def run(self, window: Floats, kept: list[NDArray[Any]]) -> Floats:
        """Outputs for the next frames, shape (labels,); the states are replaced."""
        interpreter = self._interpreter
        for (taken, _), state in zip(self._states, kept, strict=True):
            interpreter.set_tensor(taken["index"], state)
        self._input.set(window)
        interpreter.invoke()
        kept[:] = [interpreter.get_tensor(given["index"]) for _, given in self._states]
        return self._output.get()


def _check_state(path: Path, taken: Details, given: Details) -> None:
    """Raise BundleError unless an output can be an input the next time."""
    if taken["dtype"] != given["dtype"] or list(taken["shape"]) != list(given["shape"]):
        raise BundleError(f"{path}: {given['name']} cannot be {taken['name']} the next time: their shapes differ")


def _without(details: Sequence[Details], names: Sequence[str]) -> list[Details]:
    return [one for one in details if one["name"] not in names]
