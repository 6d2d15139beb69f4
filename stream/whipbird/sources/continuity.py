"""Find what is missing from a feed: from its timestamps where they are continuous, else from the time that has passed.

The time is used as for a microphone (`whipbird.sources.loss`): sound arrives with a latency that has a minimum, and
when sound is lost, the minimum jumps by its length. A network differs in some ways. A server first sends a burst of
what it has buffered, often seconds of the past. So where the time must be used, blocks are held back until the burst is
over, and a burst that is longer than the ring waits for the readers. Before the burst, Icecast sends the very start of
an Ogg stream; that is left out. After an outage, a server may send sound again that has been processed already; that is
also left out.

Sample numbers keep step with the clock: samples written and lost add up to the time since the first sample.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from whipbird.audio.ring import Ring
from whipbird.recordings.timestamps import HINDSIGHT_S, SLACK_S, Timestamps
from whipbird.sources.connection import Arrival
from whipbird.sources.loss import LossMeter
from whipbird.sources.ring_writer import write_block

__all__ = ["LOST_PACKETS", "STALLED", "Continuity"]

LOST_PACKETS = "packets lost"
STALLED = "stalled"

POLL_S = 0.1
MEMORY_S = 30.0  # longer than the time between segments or bursts; clocks drift by milliseconds in this time
PAUSE_S = 2.0  # without a block; then sound may be missing if timestamps only count samples
LATE_S = 1.0  # up to this, sound that is missing while connected, and not by its timestamps, is only late
BURST_S = 10.0  # time after the start of a connection in which readers of the ring are waited for
STEP_S = 1.0  # between counts during an outage


class Continuity:
    """Writes a feed's blocks to the ring, and gaps where sound is missing.

    Parameters
    ----------
    ring : Ring
    rate_hz : int
    settle_s : float
        How long blocks are held back, until the time shows what is missing.
    on_start : callable
        Gets the time of the first sample, as `whipbird.system.elapsed.elapsed_s`, before the sample is written.
    stopped : callable, optional
        Whether all readers have finished.
    """

    def __init__(
        self,
        ring: Ring,
        rate_hz: int,
        settle_s: float,
        on_start: Callable[[float], None],
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ring = ring
        self._rate_hz = rate_hz
        self._settle_s = settle_s
        self._on_start = on_start
        self._stopped = stopped
        self._patient_until_s = 0.0
        self._meter = LossMeter(rate_hz, MEMORY_S)
        self._timestamps = Timestamps()
        self._started = False
        self._last_s: float | None = None  # arrival of the last block
        self._repeated = 0  # samples to come that have been written already
        self._outage: _Outage | None = None
        self._held: _Held | None = _Held()

    @property
    def position(self) -> int:
        """Absolute number of the feed's next sample; less than the ring's position while the feed repeats itself."""
        return self._ring.position - self._repeated

    @property
    def flowing(self) -> bool:
        """Whether there is no outage and no block is held back."""
        return self._outage is None and self._held is None

    def take(self, arrival: Arrival, counted: bool) -> None:
        """Write a block, or hold it back.

        Parameters
        ----------
        counted : bool
            Whether timestamps only count the samples that arrived.
        """
        paused = self._last_s is not None and arrival.time_s - self._last_s > PAUSE_S
        self._last_s = arrival.time_s
        if self._outage is not None:
            self._resume(arrival, counted, self._outage)
            return
        missing_s = self._meter.missing(arrival.time_s, self.position) / self._rate_hz
        loss_s = self._timestamps.loss_s(arrival.block, missing_s + SLACK_S)
        lost = round((loss_s or 0.0) * self._rate_hz)
        if self._held is not None:
            if loss_s is None or loss_s > (LATE_S if self._started else 0):
                self._held.blocks.clear()
                lost = 0
            self._held.blocks.append((arrival, lost))
            self.settle(arrival.time_s)
        elif loss_s is None or (counted and paused):
            self._held = _Held([(arrival, 0)])
        else:
            self._write(arrival, lost)

    def lose(self, reason: str) -> None:
        """Record that the connection is lost or has no sound: everything missing until the next block is one gap."""
        self.settle()
        if self._outage is None and self._started:
            self._outage = _Outage(reason, self.position)

    def wait(self, now_s: float) -> None:
        """Call when no block has arrived: during an outage, counts the lost samples that no server will send again."""
        self.settle(now_s)
        if self._outage is not None and now_s - self._outage.counted_s >= STEP_S:
            self._outage.counted_s = now_s
            lost = self._meter.missing(now_s, self.position) - round(HINDSIGHT_S * self._rate_hz)
            self._skip(max(0, lost), self._outage.reason)

    def finish(self, now_s: float) -> None:
        """Call at the end: writes what is held back, and the gap of an outage."""
        self.settle()
        if self._outage is not None:
            self._skip(self._meter.missing(now_s, self.position), self._outage.reason)

    def settle(self, now_s: float | None = None) -> None:
        """Write the blocks held back, if the first has been held for long enough by ``now_s``; by default at once."""
        held = self._held
        if held is None or not held.blocks:
            return
        if now_s is not None and now_s - held.blocks[0][0].time_s < self._settle_s:
            return
        first_s = held.first_sample_s(self._rate_hz)
        if not self._started:
            self._started = True
            self._on_start(first_s)
        else:
            lost = self._meter.difference(first_s, self.position)
            if held.outage is not None:
                self._skip(lost, held.outage.reason)
            elif lost > LATE_S * self._rate_hz:
                self._skip(lost, STALLED)
        self._held = None
        self._patient_until_s = time.monotonic() + BURST_S
        for arrival, lost in held.blocks:
            self._write(arrival, lost)

    def _resume(self, arrival: Arrival, counted: bool, outage: _Outage) -> None:
        """Write or hold back the first block after an outage."""
        self._outage = None
        missing_s = self._meter.missing(arrival.time_s, outage.position) / self._rate_hz
        jump_s = self._timestamps.reconnected(arrival.block, missing_s)
        if jump_s is None or counted:
            self._held = _Held([(arrival, 0)], outage)
        else:
            self._skip(round(jump_s * self._rate_hz) - (self.position - outage.position), outage.reason)
            self._patient_until_s = time.monotonic() + BURST_S
            self._write(arrival, 0)

    def _skip(self, lost: int, reason: str) -> None:
        """Skip the samples that are missing from the feed; if ``lost`` is negative, the feed repeats that many."""
        beyond = lost - self._repeated
        self._ring.skip(max(0, beyond), reason)
        self._repeated = max(0, -beyond)

    def _write(self, arrival: Arrival, lost: int) -> None:
        if lost:
            self._skip(lost, LOST_PACKETS)
        samples = arrival.block.samples
        repeated = min(self._repeated, len(samples))
        self._repeated -= repeated
        while time.monotonic() < self._patient_until_s and not self._stopped():
            if self._ring.wait_for_room(len(samples), POLL_S):
                break
        write_block(self._ring, samples[repeated:])
        self._meter.update(arrival.time_s, self.position)


@dataclass
class _Outage:
    reason: str
    position: int  # of the feed, at the start of the outage
    counted_s: float = 0.0  # time of the last count


@dataclass
class _Held:
    """Blocks held back, each with the number of samples missing before it, and the outage before them, if any."""

    blocks: list[tuple[Arrival, int]] = field(default_factory=list)
    outage: _Outage | None = None

    def first_sample_s(self, rate_hz: int) -> float:
        """When the first sample would have arrived with the minimum latency."""
        samples, times_s = 0, []
        for arrival, lost in self.blocks:
            samples += lost + len(arrival.block.samples)
            times_s.append(arrival.time_s - samples / rate_hz)
        return min(times_s)
