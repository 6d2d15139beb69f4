"""Networks that run over a stream in steps: each step takes new frames and the state that earlier ones left.

A network is built twice from one description, which asks a `Time` for the frames before the new ones. In training it
sees whole windows, with nothing before (`Windows`). In a stream, everything that a layer needs of earlier frames is
kept from one step to the next (`Steps`). Nothing is padded in time, so both compute the same scores.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import keras
import numpy as np
from keras import layers, ops

__all__ = ["Steps", "Time", "Windows", "step_network"]


class Time(Protocol):
    """Source of the past of a network's layers. Time is the second axis of all tensors."""

    def before(self, x: Any, count: int) -> Any:
        """The tensor, preceded by `count` earlier frames."""

    def rows(self, x: Any) -> Any:
        """Convert (batch, rows, 1, channels) to a tensor with a row for each score."""

    def network(self, inputs: Any, outputs: Any, name: str) -> keras.Model:
        """The network of all layers that were built."""


class Windows:
    """Whole windows: a layer that needs earlier frames has an output shorter than its input."""

    def before(self, x: Any, count: int) -> Any:
        return x

    def rows(self, x: Any) -> Any:
        """There is only one row."""
        return layers.Flatten()(x)

    def network(self, inputs: Any, outputs: Any, name: str) -> keras.Model:
        return keras.Model(inputs, outputs, name=name)


class Steps:
    """Steps of a stream: the earlier frames that a layer needs are kept, and outputs are as long as inputs."""

    def __init__(self) -> None:
        self._before: list[Any] = []
        self._after: list[Any] = []

    def before(self, x: Any, count: int) -> Any:
        kept = keras.Input((count, *x.shape[2:]))
        x = layers.Concatenate(axis=1)([kept, x])
        self._before.append(kept)
        self._after.append(x[:, -count:])
        return x

    def rows(self, x: Any) -> Any:
        return ops.squeeze(x, axis=2)

    def network(self, inputs: Any, outputs: Any, name: str) -> keras.Model:
        """The network, with the kept frames as further inputs and outputs."""
        return keras.Model([inputs, *self._before], [outputs, *self._after], name=name)


def step_network(build: Callable[[Time], keras.Model], trained: keras.Model) -> keras.Model:
    """Build a network in steps, with the weights of a network trained on whole windows.

    Parameters
    ----------
    build : callable
        Builds the network in steps, for inputs of any length.
    trained : keras.Model
        The same network for windows, trained.

    Returns
    -------
    keras.Model
        From new frames, shape (batch, frames, width), a multiple of the hop, and state, shape (batch, size), to scores,
        shape (batch, hops, labels), and the new state.
    """
    network = build(Steps())
    network.set_weights(trained.get_weights())
    frames, *before = network.inputs
    shapes = [kept.shape[1:] for kept in before]
    sizes = [int(np.prod(shape)) for shape in shapes]
    ends = np.cumsum(sizes)
    new_frames = keras.Input(frames.shape[1:], name="frames")
    state = keras.Input((int(ends[-1]),), name="state")
    kept = [
        ops.reshape(state[:, end - size : end], (-1, *shape))
        for shape, size, end in zip(shapes, sizes, ends, strict=True)
    ]
    scores, *after = network([new_frames, *kept])
    flat = [ops.reshape(tensor, (-1, size)) for tensor, size in zip(after, sizes, strict=True)]
    new_state = layers.Concatenate(name="new_state")(flat)
    return keras.Model([new_frames, state], [scores, new_state], name="steps")
