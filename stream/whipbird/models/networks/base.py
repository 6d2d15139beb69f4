"""The interface of all kinds of network.

Every kind scores hop by hop for any number of streams. A stream has a state, which `Network.score` carries on: for a
windowed network the last frames, for a streaming network what its layers need of earlier frames.

TFLite plans its memory for one shape of input, so there is an interpreter for each shape that is used. They are few: a
number of streams is divided into powers of two, and a detector always gives as many frames at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from whipbird.arrays import Floats

__all__ = ["Network"]


class Network(Protocol):
    """Runs a model.

    Attributes
    ----------
    FILE : str
        Name of its TFLite file in a bundle.
    """

    FILE: ClassVar[str]

    def new_state(self) -> Any:
        """The state of a stream before which there was silence."""

    def score(self, states: Sequence[Any], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        """Score the next frames of some streams.

        Parameters
        ----------
        states : sequence
            One for each stream, see `new_state`, none of them twice; they are brought up to date.
        frames : array, shape (streams, frames, width)
            Whole hops.
        may_skip : sequence of bool
            For each stream, whether windows that cannot matter may be skipped; by default, none may. They get the
            scores of the next window that is scored; the last window of the frames always is.

        Returns
        -------
        array, shape (streams, hops, labels)
        """
