"""Pauses between attempts that fail: growing, bounded, and never the same for all who try at once."""

from __future__ import annotations

import random

__all__ = ["Pauses"]

JITTER = 0.25  # of a pause, in either direction


class Pauses:
    """How long to wait before each attempt: twice as long each time, give or take a quarter.

    Parameters
    ----------
    first_s, longest_s : float
        Bounds of all pauses.
    random_ : random.Random, optional
    """

    def __init__(self, first_s: float, longest_s: float, random_: random.Random | None = None) -> None:
        self._first_s = self._next_s = first_s
        self._longest_s = longest_s
        self._random = random_ or random.Random()

    def next_s(self) -> float:
        """The next pause."""
        pause_s = self._next_s * self._random.uniform(1 - JITTER, 1 + JITTER)
        self._next_s = min(2 * self._next_s, self._longest_s)
        return min(max(pause_s, self._first_s), self._longest_s)

    def reset(self) -> None:
        """All is well again: begin with the first pause."""
        self._next_s = self._first_s
