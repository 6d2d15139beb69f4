"""Measure how much sound a device has lost, from the time that has passed."""

from __future__ import annotations

from collections import deque

__all__ = ["LossMeter"]

MEMORY_S = 5.0  # the sound card and the system clock drift apart by less than a millisecond in this time


class LossMeter:
    """Compares the samples received with the time elapsed.

    Elapsed time less received samples is the device's latency, which jitters but has a minimum. When samples are lost,
    the minimum jumps by their number. The result is accurate to within the jitter, some tens of milliseconds.

    Parameters
    ----------
    rate_hz : int
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._lags: deque[tuple[float, float]] = deque()  # times and lags, both increasing: the first is the minimum

    def update(self, now_s: float, received: int) -> None:
        """Record that ``received`` samples have arrived, or have been counted as lost, by ``now_s``."""
        lag = now_s * self._rate_hz - received
        while self._lags and self._lags[-1][1] >= lag:  # cannot become the minimum again
            self._lags.pop()
        self._lags.append((now_s, lag))
        while self._lags[0][0] < now_s - MEMORY_S:
            self._lags.popleft()

    def missing(self, now_s: float, received: int) -> int:
        """Number of samples that should have arrived by now and have not."""
        if not self._lags:
            return 0
        return max(0, round(now_s * self._rate_hz - received - self._lags[0][1]))
