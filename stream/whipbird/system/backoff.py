"""Backoff between attempts that fail: growing, bounded, and never the same for all who try at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

__all__ = ["Backoff"]

JITTER = 0.25  # of a pause, in either direction
POLL_S = 0.1  # between two looks whether to stop


class Backoff:
    """Backoff before further attempts, each twice as long as the one before, give or take a quarter.

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
        self._until_s = 0.0  # by the monotonic clock

    def next_s(self) -> float:
        """Length of the next pause."""
        pause_s = self._next_s * self._random.uniform(1 - JITTER, 1 + JITTER)
        self._next_s = min(2 * self._next_s, self._longest_s)
        return min(max(pause_s, self._first_s), self._longest_s)

    def start(self, least_s: float = 0.0) -> None:
        """Start the next pause, of at least this length, without waiting for its end."""
        self._until_s = time.monotonic() + max(self.next_s(), least_s)

    @property
    def over(self) -> bool:
        """Whether the pause that was started last has passed."""
        return time.monotonic() >= self._until_s

    def wait(self, stop: Callable[[], bool] = lambda: False, least_s: float = 0.0) -> bool:
        """Wait for the next pause to pass.

        Parameters
        ----------
        stop : callable
            Whether to stop waiting; asked about ten times a second.
        least_s : float
            Shortest length of the pause.

        Returns
        -------
        bool
            Whether to try again: False if it was stopped.
        """
        self.start(least_s)
        while not stop():
            if self.over:
                return True
            time.sleep(min(POLL_S, max(0.0, self._until_s - time.monotonic())))
        return False

    def reset(self) -> None:
        """Start again with the first pause, after an attempt that succeeded."""
        self._next_s = self._first_s
        self._until_s = 0.0
