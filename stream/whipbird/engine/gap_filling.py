"""Filling the short gaps of a source, and remembering where they were."""

from __future__ import annotations

from collections import deque

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.conceal import CONTEXT_S, conceal
from whipbird.engine.grid import FILL_S

__all__ = ["NO_SAMPLES", "GapFiller"]

FILLS_KEPT_S = 600.0  # filled gaps are remembered for this long, to mark events over them

NO_SAMPLES: Floats = np.empty(0, np.float32)


class GapFiller:
    """Fills the short gaps of one source.

    Parameters
    ----------
    rate_hz : int

    Attributes
    ----------
    context : int
        Samples that are used on either side of a gap.
    longest : int
        Samples of the longest gap that is filled.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self.context = max(1, round(CONTEXT_S * rate_hz))
        self.longest = int(FILL_S * rate_hz)
        self._past = NO_SAMPLES  # the latest samples, back to a gap, `context` at most
        self._fills: deque[tuple[float, float]] = deque()  # starts and ends in seconds

    def push(self, samples: Floats) -> None:
        """Remember the latest samples of the source, shape (n,)."""
        if len(samples) >= self.context:
            self._past = samples[-self.context :].copy()
        else:
            self._past = np.concatenate((self._past, samples))[-self.context :]

    def fill(self, missing: int, start_s: float, end_s: float, future: Floats) -> Floats | None:
        """Samples for a gap after the samples that were pushed last, shape (missing,); None if it is too long.

        Parameters
        ----------
        missing : int
            Samples in the gap.
        start_s, end_s : float
            The same gap in seconds from the start of the source.
        future : array, shape (n,)
            The samples after the gap, as far as they are known.
        """
        past, self._past = self._past, NO_SAMPLES
        if missing > self.longest:
            return None
        while self._fills and self._fills[0][1] < start_s - FILLS_KEPT_S:
            self._fills.popleft()
        self._fills.append((start_s, end_s))
        return conceal(past, missing, future, self._rate_hz)

    def has_filled(self, start_s: float, end_s: float) -> bool:
        """Whether any sound between two moments was filled in."""
        for fill_start_s, fill_end_s in reversed(self._fills):
            if fill_end_s <= start_s:
                return False
            if fill_start_s < end_s:
                return True
        return False
