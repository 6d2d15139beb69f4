"""Read a file in which some samples stand for a gap of another length."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from whipbird.arrays import Floats
from whipbird.audio.gap import Gap
from whipbird.recordings.corrected.plan import StandIn

__all__ = ["StandInReader"]


class StandInReader:
    """Reads samples, and gaps in place of those that stand for them.

    Parameters
    ----------
    read : callable
        Reads up to a number of samples of the file.
    stand_ins : sequence of StandIn
        In their order.
    """

    def __init__(self, read: Callable[[int], Floats], stand_ins: Sequence[StandIn]) -> None:
        self._read = read
        self._stand_ins = iter(stand_ins)
        self._next = next(self._stand_ins, None)
        self._taken = 0  # samples of the file
        self._position = 0  # samples of the recording

    def read(self, count: int) -> Floats | Gap:
        """Up to ``count`` more samples of the recording, shape (n, channels), or the next gap; none at the end."""
        following = self._next
        if following is not None and self._taken >= following.begin:
            self._skip(following.held)
            self._next = next(self._stand_ins, None)
            self._position += following.length
            return Gap(self._position - following.length, self._position, following.reason)
        samples = self._read(count if following is None else min(count, following.begin - self._taken))
        self._taken += len(samples)
        self._position += len(samples)
        return samples

    def _skip(self, left: int) -> None:
        """Read samples that stand for others."""
        while left and (taken := len(self._read(left))):
            self._taken += taken
            left -= taken
