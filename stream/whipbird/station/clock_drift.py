"""Drift of a source's sample clock against the system clock.

A sound card that is 50 ppm slow is 4 s behind after a day. The latency is the elapsed time less the duration of the
samples received. It jitters but has a minimum, and over hours this minimum moves with the drift between the clocks.
The minimum in each time window is therefore compared with the minimum in the first window.

The system's time of day may also be set, by hand or by NTP when a computer without a battery-backed clock connects to
the network. The time of day then jumps against the monotonic clock.
"""

from __future__ import annotations

__all__ = ["ClockDrift"]

MIN_SPAN_S = 600.0  # of listening before a rate is reported: jitter is then much smaller than the drift
STEP_S = 0.5  # a larger step means that the time of day was set, not just adjusted gradually


class ClockDrift:
    """Tracks the drift over one unbroken segment of a live source.

    Parameters
    ----------
    start_s : float
        Time of the first sample on the monotonic clock.
    offset_s : float
        System time of day minus the monotonic clock at that moment.
    window_s : float
        Window in which the latency reaches its minimum; longer for a network than for a sound card.
    """

    def __init__(self, start_s: float, offset_s: float, rate_hz: int, window_s: float) -> None:
        self._start_s = start_s
        self._offset_s = self._last_offset_s = offset_s
        self._rate_hz = rate_hz
        self._window_s = window_s
        self._first: tuple[float, float] | None = None  # time and minimum latency of the first window
        self._latest: tuple[float, float] | None = None  # of the latest complete window
        self._lag: tuple[float, float] | None = None  # of the current window, so far
        self._until_s = start_s + window_s
        self._now_s = start_s

    def update(self, now_s: float, position: int) -> None:
        """Note that ``position`` samples have been received or counted as lost; call this only while sound flows."""
        self._now_s = now_s
        lag = now_s - self._start_s - position / self._rate_hz
        if now_s >= self._until_s:
            self._close()
            self._until_s = now_s + self._window_s
        if self._lag is None or lag < self._lag[1]:
            self._lag = now_s, lag

    def set_time(self, now_s: float, wall_s: float) -> float:
        """Note the system's time of day; returns the step by which it was set since the last call, usually 0."""
        offset_s = wall_s - now_s
        step_s = offset_s - self._last_offset_s
        self._last_offset_s = offset_s
        return step_s if abs(step_s) >= STEP_S else 0.0

    @property
    def behind_s(self) -> float:
        """Seconds by which the count of samples is behind the clock."""
        if self._first is None or self._latest is None:
            return 0.0
        unseen_s = self._first[0] - self._start_s + self._now_s - self._latest[0]  # before and after the two minima
        return self._moved_s() + 1e-6 * (self.ppm or 0.0) * unseen_s

    @property
    def correction_s(self) -> float:
        """Seconds to add to times that were counted from the first sample."""
        set_s = self._last_offset_s - self._offset_s
        return self.behind_s + (set_s if abs(set_s) >= STEP_S else 0.0)

    @property
    def ppm(self) -> float | None:
        """Rate by which samples come too slowly, in parts per million; None until it is known."""
        if self._first is None or self._latest is None or self._latest[0] - self._first[0] < MIN_SPAN_S:
            return None
        return 1e6 * self._moved_s() / (self._latest[0] - self._first[0])

    def _moved_s(self) -> float:
        """Change of the minimum latency from the first window to the latest."""
        assert self._first is not None
        assert self._latest is not None
        return self._latest[1] - self._first[1]

    def _close(self) -> None:
        if self._lag is None:
            return
        if self._first is None:
            self._first = self._lag
        else:
            self._latest = self._lag
        self._lag = None
