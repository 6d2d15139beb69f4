"""Envelope of a waveform of any length: the lowest and the highest sample of each column."""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats
from whipbird.measures.column_pool import COLUMNS, ColumnPool

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
        self._held: Floats = np.empty(0, np.float32)

    def push(self, samples: Floats) -> None:
        """Take the next samples, shape (n,)."""
        held = np.concatenate((self._held, samples))
        whole = len(held) // self._unit * self._unit
        self._push_units(held[:whole].reshape(-1, self._unit))
        self._held = held[whole:].copy()

    def finish(self) -> None:
        """Process the end of the sound."""
        if len(self._held):
            self._push_units(self._held[None])
            self._held = self._held[:0]

    def _push_units(self, units: Floats) -> None:
        self._pool.push(np.stack((-units.min(axis=1), units.max(axis=1)), axis=1))

    @property
    def column_s(self) -> float:
        """Seconds in a column; the last may be shorter."""
        return self._unit * self._pool.pooled / self._rate_hz

    def outline(self) -> tuple[Floats, Floats]:
        """Lowest and highest sample of each column, both of shape (columns,)."""
        lows, highs = self._pool.columns().T
        return -lows, highs
