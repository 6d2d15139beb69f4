"""How late the sound of a feed arrives: what it shows about missing sound, whatever the timestamps say.

The lag of a block is its time of arrival less its place: the sound up to its end, with what was counted as lost. Lags
jitter, but have a minimum: that of sound which nothing has delayed. Where sound is missing that was not counted as
lost, all later lags are larger by its length.

The minimum is that of all time, and follows only the drift between two clocks. Sound that arrives earlier than ever
lowers it, but not if a guess explains that: if sound was called lost that was only late, lags become smaller, too. Else
each wrong guess would lower the minimum and so permit the next one, and places would run ahead of the clock.
"""

from __future__ import annotations

from collections import deque

__all__ = ["MEMORY_S", "Lateness"]

MEMORY_S = 30.0  # longer than the time between segments or bursts
DRIFT = 3e-4  # of two clocks, as a part of the time
RESOLUTION_S = 0.05  # of the memory
SAME_S = 0.005  # difference of lags that are the same


class Lateness:
    """Lags of the blocks of a feed, in seconds, above the smallest.

    Parameters
    ----------
    least_s : float, optional
        Smallest lag, if it is known: the time at which the first sample arrives if nothing delays it.
    """

    def __init__(self, least_s: float | None = None) -> None:
        self._least_s = least_s
        self._lags: deque[tuple[float, float]] = deque()  # times and lags, both increasing but for `SAME_S`
        self._since_s: float | None = None  # start of the memory
        self._now_s = 0.0  # last update
        self._guessed_s = 0.0  # counted as lost, though it may arrive later

    def update(self, now_s: float, place_s: float) -> None:
        """Record that the sound up to this place has arrived."""
        lag_s = now_s - place_s
        if self._since_s is None:
            self._since_s = self._now_s = now_s
        if self._least_s is None:
            self._least_s = lag_s
        while self._lags and self._lags[-1][1] > lag_s + SAME_S:  # cannot be the minimum again
            self._lags.pop()
        if not self._lags or now_s - self._lags[-1][0] >= RESOLUTION_S:
            self._lags.append((now_s, lag_s))
        while self._lags[0][0] < now_s - MEMORY_S:
            self._lags.popleft()
        drift_s = DRIFT * max(0.0, now_s - self._now_s)
        self._now_s = now_s
        if (early_s := self._least_s - lag_s) > 0:
            self._least_s -= max(min(early_s, drift_s), early_s - self._guessed_s)
        else:
            self._least_s = min(self._least_s + drift_s, max(self._least_s, self._lags[0][1]))

    def late_s(self, now_s: float, place_s: float) -> float:
        """How late sound is that arrives now, with its end at this place; negative if it arrives earlier than ever."""
        return 0.0 if self._least_s is None else now_s - place_s - self._least_s

    def lasting_s(self, window_s: float) -> float:
        """How late all sound has been for this long, up to `MEMORY_S`; 0 while it catches up."""
        if self._since_s is None or self._least_s is None or self._now_s - self._since_s < window_s:
            return 0.0
        earliest = self._lags[-1]
        for lag in reversed(self._lags):
            if lag[0] < self._now_s - window_s:
                break
            earliest = lag
        return earliest[1] - self._least_s if earliest[0] <= self._now_s - window_s / 2 else 0.0

    @property
    def early_s(self) -> float:
        """How much earlier than expected sound has arrived, because it was counted as lost; 0 if it has not."""
        return max(0.0, (self._least_s or 0.0) - self._lags[-1][1]) if self._lags else 0.0

    def guess(self, seconds: float) -> None:
        """Note that this much was counted as lost, though it may only be late."""
        self._guessed_s += seconds

    def forget(self) -> None:
        """Forget how late sound has been, but not the minimum; call after an outage."""
        self._lags.clear()
        self._since_s = None
