"""What every kind of network has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from whipbird.arrays import Floats

__all__ = ["Network"]


class Network(Protocol):
    """Runs a model."""

    def memory(self) -> Any:
        """What it keeps of one stream, before which there was silence."""

    def hear(self, memories: Sequence[Any], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        """The next frames of some streams.

        Parameters
        ----------
        memories : sequence
            One for each stream, see `memory`, none of them twice; carried on.
        frames : array, shape (streams, frames, width)
            Whole hops.
        may_skip : sequence of bool
            For each stream, whether windows that cannot matter may be skipped; by default, none may. They get the
            scores of the next window that is scored; the last window of the frames always is.

        Returns
        -------
        array, shape (streams, hops, labels)
        """
