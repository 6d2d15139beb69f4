"""The clock of a client: which of its timestamps belongs to a sample."""

from __future__ import annotations

from collections import deque

__all__ = ["ClientClock"]

KEPT_S = 60.0  # events are reported much earlier than this after their sound came


class ClientClock:
    """Milliseconds by a client's clock, from the timestamps of its pieces of sound.

    Parameters
    ----------
    rate_hz : int
    start_ms : float
        Time of the first sample, which counts unless pieces have timestamps.
    """

    def __init__(self, rate_hz: int, start_ms: float) -> None:
        self._per_sample_ms = 1000 / rate_hz
        self._kept = round(KEPT_S * rate_hz)
        self._marks = deque([(0, start_ms)])  # samples and their times

    def mark(self, sample: int, timestamp_ms: float) -> None:
        """Note the time of a sample; samples grow."""
        marks = self._marks
        if marks[-1][0] == sample:
            marks.pop()
        marks.append((sample, timestamp_ms))
        while len(marks) > 1 and marks[1][0] <= sample - self._kept:
            marks.popleft()

    def at_ms(self, sample: float) -> int:
        """The time of a sample, counted from the latest mark before it."""
        first, time_ms = next((mark for mark in reversed(self._marks) if mark[0] <= sample), self._marks[0])
        return round(time_ms + (sample - first) * self._per_sample_ms)
