"""Backoff between failed attempts: pauses that grow, are bounded, and differ between callers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

__all__ = ["Backoff"]

JITTER = 0.25  # of a pause, in either direction
POLL_S = 0.1  # between two checks whether to stop


class Backoff:
    """Pauses before further attempts, each twice as long as the last, give or take a quarter.

    Parameters
    ----------
    first_s, longest_s : float
        Shortest and longest pause.
    random_ : random.Random, optional
    """

    def __init__(self, first_s: float, longest_s: float, random_: random.Random | None = None) -> None:
        self._first_s = self._next_s = first_s
        self._longest_s = longest_s
        self._random = random_ or random.Random()
        self._until_s = 0.0  # by the monotonic clock

    def next_pause_s(self) -> float:
        """Length of the next pause; the one after it is twice as long."""
        pause_s = self._next_s * self._random.uniform(1 - JITTER, 1 + JITTER)
        self._next_s = min(2 * self._next_s, self._longest_s)
        return min(max(pause_s, self._first_s), self._longest_s)

    def start_pause(self, least_s: float = 0.0) -> None:
        """Start the next pause, of at least this length, without waiting for its end."""
        self._until_s = time.monotonic() + max(self.next_pause_s(), least_s)

    @property
    def pause_over(self) -> bool:
        """Whether the last pause that was started is over."""
        return time.monotonic() >= self._until_s

    def wait(self, stop: Callable[[], bool] = lambda: False, least_s: float = 0.0) -> bool:
        """Start the next pause and wait for its end.

        Parameters
        ----------
        stop : callable
            Whether to stop waiting; called about ten times a second.
        least_s : float
            Shortest length of the pause.

        Returns
        -------
        bool
            Whether to try again: False if `stop` ended the wait.
        """
        self.start_pause(least_s)
        while not stop():
            if self.pause_over:
                return True
            time.sleep(min(POLL_S, max(0.0, self._until_s - time.monotonic())))
        return False

    def reset(self) -> None:
        """Return to the first pause, after a successful attempt."""
        self._next_s = self._first_s
        self._until_s = 0.0
