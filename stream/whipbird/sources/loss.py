"""How much sound a device has failed to give, told from the time that has passed."""

from __future__ import annotations

from collections import deque

__all__ = ["LossMeter"]

MEMORY_S = 5.0  # sound card and system clock drift apart by less than a millisecond in this time


class LossMeter:
    """Compares samples received with time elapsed.

    What has passed but not arrived is normally the device's latency, which jitters but has a least value. When samples
    are lost, that value jumps by their number. The result is right to within the jitter, some tens of milliseconds.

    Parameters
    ----------
    rate_hz : int
    memory_s : float, optional
        For how long the latency is remembered. Sound that comes in bursts needs longer than they are apart.
    """

    def __init__(self, rate_hz: int, memory_s: float = MEMORY_S) -> None:
        self._rate_hz = rate_hz
        self._memory_s = memory_s
        self._lags: deque[tuple[float, float]] = deque()  # times and lags, both growing: the first is the least

    def update(self, now_s: float, received: int) -> None:
        """Samples are flowing: so many have been received (or accounted for as lost) up to now."""
        lag = now_s * self._rate_hz - received
        while self._lags and self._lags[-1][1] >= lag:  # will never be the least again
            self._lags.pop()
        self._lags.append((now_s, lag))
        while self._lags[0][0] < now_s - self._memory_s:
            self._lags.popleft()

    def missing(self, now_s: float, received: int) -> int:
        """How many samples should have come by now and have not."""
        return max(0, self.difference(now_s, received))

    def difference(self, now_s: float, received: int) -> int:
        """How many samples should have come by now, less those that have: negative if more have come."""
        if not self._lags:
            return 0
        return round(now_s * self._rate_hz - received - self._lags[0][1])
