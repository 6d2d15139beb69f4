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
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._lags: deque[tuple[float, float]] = deque()

    def update(self, now_s: float, received: int) -> None:
        """Samples are flowing: so many have been received (or accounted for as lost) up to now."""
        self._lags.append((now_s, now_s * self._rate_hz - received))
        while self._lags[0][0] < now_s - MEMORY_S:
            self._lags.popleft()

    def missing(self, now_s: float, received: int) -> int:
        """How many samples should have come by now and have not."""
        if not self._lags:
            return 0
        usual = min(lag for _, lag in self._lags)
        return max(0, round(now_s * self._rate_hz - received - usual))
