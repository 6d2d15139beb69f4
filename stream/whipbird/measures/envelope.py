"""Envelope of a waveform of any length: the lowest and the highest sample of each column."""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats
from whipbird.measures.column_pool import COLUMNS, ColumnPool, silence

__all__ = ["Envelope"]

UNKNOWN = 64  # samples in the shortest column where the length of the sound is not known


class Envelope:
    """Measures the envelope of one channel, block by block.

    Parameters
    ----------
    rate_hz : int
    expected : int or None
        Expected number of samples; None if it is not known.
    """

    def __init__(self, rate_hz: int, expected: int | None) -> None:
        self._rate_hz = rate_hz
        self._unit = UNKNOWN if expected is None else max(1, expected // (2 * COLUMNS))
        self._pool = ColumnPool(2)
        self._open = np.empty((0, 2), np.float32)  # the column in progress, and of how many samples it is so far
        self._taken = 0

    def push(self, samples: Floats) -> None:
        """Take the next samples, shape (n,)."""
        first = min(len(samples), (self._unit - self._taken) % self._unit)
        self._extend(samples[:first])
        whole = (len(samples) - first) // self._unit * self._unit
        self._pool.push(_extremes(samples[first : first + whole].reshape(-1, self._unit)))
        self._extend(samples[first + whole :])

    def skip(self, count: int) -> None:
        """Pass samples that are not there; they are drawn as silence."""
        for piece in silence(count):
            self.push(piece)

    def finish(self) -> None:
        """The sound ends here."""
        self._pool.push(self._open)
        self._open, self._taken = self._open[:0], 0

    def _extend(self, samples: Floats) -> None:
        """Take samples of the column in progress."""
        if not len(samples):
            return
        self._open = np.concatenate((self._open, _extremes(samples[None]))).max(axis=0, keepdims=True)
        self._taken += len(samples)
        if self._taken == self._unit:
            self.finish()

    @property
    def column_s(self) -> float:
        """Seconds in a column; the last may be shorter."""
        return self._unit * self._pool.pooled / self._rate_hz

    def outline(self) -> tuple[Floats, Floats]:
        """Lowest and highest sample of each column, both of shape (columns,)."""
        lows, highs = self._pool.columns().T
        return -lows, highs


def _extremes(units: Floats) -> Floats:
    """Negated lowest and highest sample of each unit, shape (units, 2)."""
    return np.stack((-units.min(axis=1), units.max(axis=1)), axis=1)
