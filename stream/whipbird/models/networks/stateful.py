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
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from whipbird.arrays import Floats
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
    rows : array, shape (frames, width)
        The last frames, which the network takes again with the next hop.
    """

    def __init__(self, runner: _Runner, rows: Floats) -> None:
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
            runner.run(runner.encode(np.tile(file.silence, (1, self._frames, 1))), runner.initial())
        self._runner, self._is_shared = runner, bool(file.tensors.states)

    def new_state(self) -> StatefulState:
        runner = self._runner if self._is_shared else _Runner(self._file)
        return StatefulState(runner, np.tile(self._file.silence, (self._frames - self._hop, 1)))

    def score(self, states: Sequence[StatefulState], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        before = self._frames - self._hop
        rows = np.concatenate([np.stack([state.rows for state in states]), frames], axis=1) if before else frames
        windows = sliding_window_view(rows, self._frames, axis=1)[:, :: self._hop].swapaxes(2, 3)
        given = []
        for state, own, last in zip(states, self._runner.encode(windows), rows[:, -before:], strict=True):
            given.append(state.runner.run(own, state.kept))
            if before:
                state.rows = last
        outputs = self._runner.decode(np.stack(given))
        return activate(outputs, self._file.activation, self._file.path)

    def embeddings(self, state: StatefulState) -> None:
        """None: it gives scores alone."""


class _Runner:
    """An interpreter with its tensors.

    Attributes
    ----------
    taken, given : int
        Numbers that it takes and gives, apart from states.
    decode : callable
        Turns what `run` returns into numbers.
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
        self.decode = self._output.decode

    def initial(self) -> list[NDArray[Any]]:
        """States of a new stream."""
        return [np.zeros(taken["shape"], taken["dtype"]) for taken, _ in self._states]

    def encode(self, windows: Floats) -> NDArray[Any]:
        """Windows, shape (..., frames, width), as the interpreter takes them."""
        return self._input.encode(windows).reshape(*windows.shape[:-2], *self._input.shape)

    def run(self, windows: NDArray[Any], kept: list[NDArray[Any]]) -> NDArray[Any]:
        """Outputs for windows one after another, shape (windows, labels), not decoded; the states are replaced."""
        interpreter, taken, given = self._interpreter, self._input.index, self._output.index
        outputs = np.empty((len(windows), self.given), self._output.type)
        for window, own in zip(windows, outputs, strict=True):
            for (before, _), state in zip(self._states, kept, strict=True):
                interpreter.set_tensor(before["index"], state)
            interpreter.set_tensor(taken, window)
            interpreter.invoke()
            kept[:] = [interpreter.get_tensor(after["index"]) for _, after in self._states]
            own[:] = interpreter.get_tensor(given).reshape(-1)
        return outputs


def _check_state(path: Path, taken: Details, given: Details) -> None:
    """Raise BundleError unless an output can be an input the next time."""
    if taken["dtype"] != given["dtype"] or list(taken["shape"]) != list(given["shape"]):
        raise BundleError(f"{path}: {given['name']} cannot be {taken['name']} the next time: their shapes differ")


def _without(details: Sequence[Details], names: Sequence[str]) -> list[Details]:
    return [one for one in details if one["name"] not in names]
