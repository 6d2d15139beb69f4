"""How far a source's clock, which counts samples, has moved away from the clock of the system.

A sound card that is 50 ppm slow is 4 s behind after a day. What of the time that has passed has not come as samples is
the latency, which jitters but has a least value; over the hours that value moves as the clocks do. So its least value
in each stretch of time is compared with that in the first.

The time of day that the system tells may also be set, by hand or by NTP when a computer without a battery has found the
network: then it moves against the monotonic clock.
"""

from __future__ import annotations

__all__ = ["ClockDrift"]

MIN_SPAN_S = 600.0  # of listening, before a rate is told: jitter is much smaller then
STEP_S = 0.5  # the time of day was set, and not only steered


class ClockDrift:
    """Follows one unbroken stretch of a live source.

    Parameters
    ----------
    start_s : float
        When its first sample came, by the monotonic clock.
    offset_s : float
        The system's time of day less the monotonic clock at that moment.
    window_s : float
        In which the latency reaches its least value; longer for a network than for a sound card.
    """

    def __init__(self, start_s: float, offset_s: float, rate_hz: int, window_s: float) -> None:
        self._start_s = start_s
        self._offset_s = self._last_offset_s = offset_s
        self._rate_hz = rate_hz
        self._window_s = window_s
        self._first: tuple[float, float] | None = None  # time and least latency of the first stretch
        self._latest: tuple[float, float] | None = None  # of the latest that is over
        self._lag: tuple[float, float] | None = None  # of the one that lasts
        self._until_s = start_s + window_s
        self._now_s = start_s

    def update(self, now_s: float, position: int) -> None:
        """So many samples have come, or been counted as lost, by now; only while sound flows."""
        self._now_s = now_s
        lag = now_s - self._start_s - position / self._rate_hz
        if now_s >= self._until_s:
            self._close()
            self._until_s = now_s + self._window_s
        if self._lag is None or lag < self._lag[1]:
            self._lag = now_s, lag

    def set_time(self, now_s: float, wall_s: float) -> float:
        """Note the system's time of day; returns by how much it has been set since the last call, usually 0."""
        offset_s = wall_s - now_s
        step_s = offset_s - self._last_offset_s
        self._last_offset_s = offset_s
        return step_s if abs(step_s) >= STEP_S else 0.0

    @property
    def behind_s(self) -> float:
        """How far the count of samples is behind the clock by now."""
        if self._first is None or self._latest is None:
            return 0.0
        unseen_s = self._first[0] - self._start_s + self._now_s - self._latest[0]  # before and behind the two
        return self._moved_s() + 1e-6 * (self.ppm or 0.0) * unseen_s

    @property
    def correction_s(self) -> float:
        """What is to be added to times that were counted from the first sample."""
        set_s = self._last_offset_s - self._offset_s
        return self.behind_s + (set_s if abs(set_s) >= STEP_S else 0.0)

    @property
    def ppm(self) -> float | None:
        """Parts per million by which samples come too slowly; None while that is not known."""
        if self._first is None or self._latest is None or self._latest[0] - self._first[0] < MIN_SPAN_S:
            return None
        return 1e6 * self._moved_s() / (self._latest[0] - self._first[0])

    def _moved_s(self) -> float:
        """From the least latency of the first stretch to that of the latest."""
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
