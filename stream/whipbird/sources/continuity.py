"""What is missing from a feed: told from its timestamps where they go on, else from the time that has passed.

The time tells it as for a microphone (`whipbird.sources.loss`): sound comes with a latency that has a least value, and
when sound is lost, that value jumps by its length. Some things differ on a network. A server first sends in one burst
what it holds, often seconds of the past; so where the time must tell, blocks are held back until that is over, and a
burst that is longer than the ring waits for its readers. Before the burst may come the stream's very begin, which
Icecast sends to whoever asks for Ogg; that is left out. And after an outage a server may send what had been heard
before; that is left out, too.

Sample numbers keep step with the clock: heard and lost together are what has passed since the first sample.
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
MEMORY_S = 30.0  # longer than segments and bursts are apart; clocks drift by milliseconds in this time
PAUSE_S = 2.0  # without a block: sound may be missing where timestamps only count
LATE_S = 1.0  # missing for less than this while connected, where timestamps do not tell, is only late
BURST_S = 10.0  # so long readers of the ring are waited for after a connection has begun
STEP_S = 1.0  # how often a lasting outage is counted


class Continuity:
    """Writes a feed's blocks to the ring, and gaps where sound is missing.

    Parameters
    ----------
    ring : Ring
    rate_hz : int
    settle_s : float
        How long blocks are held back until the time tells what is missing.
    begin : callable
        Gets the time of the first sample, by the monotonic clock, before that is written.
    ending : callable, optional
        Whether nobody will read any more.
    """

    def __init__(
        self,
        ring: Ring,
        rate_hz: int,
        settle_s: float,
        begin: Callable[[float], None],
        ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ring = ring
        self._rate_hz = rate_hz
        self._settle_s = settle_s
        self._begin = begin
        self._ending = ending
        self._patient_until_s = 0.0
        self._meter = LossMeter(rate_hz, MEMORY_S)
        self._timestamps = Timestamps()
        self._begun = False
        self._last_s: float | None = None  # when the last block came
        self._repeated = 0  # samples still to come that have been heard before
        self._outage: _Outage | None = None
        self._held: _Held | None = _Held()

    @property
    def position(self) -> int:
        """Absolute number of the sample that the feed gives next; behind the ring's while it repeats itself."""
        return self._ring.position - self._repeated

    @property
    def flowing(self) -> bool:
        """Whether there is no outage, and nothing is held back."""
        return self._outage is None and self._held is None

    def take(self, arrival: Arrival, counted: bool) -> None:
        """Write a block, or hold it back.

        Parameters
        ----------
        counted : bool
            Whether timestamps only count what came.
        """
        paused = self._last_s is not None and arrival.time_s - self._last_s > PAUSE_S
        self._last_s = arrival.time_s
        if self._outage is not None:
            self._come_back(arrival, counted, self._outage)
            return
        missing_s = self._meter.missing(arrival.time_s, self.position) / self._rate_hz
        loss_s = self._timestamps.loss_s(arrival.block, missing_s + SLACK_S)
        lost = round((loss_s or 0.0) * self._rate_hz)
        if self._held is not None:
            if loss_s is None or loss_s > (LATE_S if self._begun else 0):
                self._held.blocks.clear()
                lost = 0
            self._held.blocks.append((arrival, lost))
            self.settle(arrival.time_s)
        elif loss_s is None or (counted and paused):
            self._held = _Held([(arrival, 0)])
        else:
            self._write(arrival, lost)

    def lose(self, reason: str) -> None:
        """The connection is gone, or gives no sound: all that is missing until the next block is one gap."""
        self.settle()
        if self._outage is None and self._begun:
            self._outage = _Outage(reason, self.position)

    def wait(self, now_s: float) -> None:
        """No block has come; count what of a lasting outage nothing can bring back."""
        self.settle(now_s)
        if self._outage is not None and now_s - self._outage.counted_s >= STEP_S:
            self._outage.counted_s = now_s
            lost = self._meter.missing(now_s, self.position) - round(HINDSIGHT_S * self._rate_hz)
            self._miss(max(0, lost), self._outage.reason)

    def finish(self, now_s: float) -> None:
        """Nothing more is to come."""
        self.settle()
        if self._outage is not None:
            self._miss(self._meter.missing(now_s, self.position), self._outage.reason)

    def settle(self, now_s: float | None = None) -> None:
        """Write what is held back, if it has been for long enough by now, or without a time in any case."""
        held = self._held
        if held is None or not held.blocks:
            return
        if now_s is not None and now_s - held.blocks[0][0].time_s < self._settle_s:
            return
        first_s = held.first_sample_s(self._rate_hz)
        if not self._begun:
            self._begun = True
            self._begin(first_s)
        else:
            lost = self._meter.difference(first_s, self.position)
            if held.outage is not None:
                self._miss(lost, held.outage.reason)
            elif lost > LATE_S * self._rate_hz:
                self._miss(lost, STALLED)
        self._held = None
        self._patient_until_s = time.monotonic() + BURST_S
        for arrival, lost in held.blocks:
            self._write(arrival, lost)

    def _come_back(self, arrival: Arrival, counted: bool, outage: _Outage) -> None:
        """The first block after an outage."""
        self._outage = None
        missing_s = self._meter.missing(arrival.time_s, outage.position) / self._rate_hz
        jump_s = self._timestamps.reconnected(arrival.block, missing_s)
        if jump_s is None or counted:
            self._held = _Held([(arrival, 0)], outage)
        else:
            self._miss(round(jump_s * self._rate_hz) - (self.position - outage.position), outage.reason)
            self._patient_until_s = time.monotonic() + BURST_S
            self._write(arrival, 0)

    def _miss(self, lost: int, reason: str) -> None:
        """So many samples are missing from where the feed is; if negative, so many are repeated."""
        beyond = lost - self._repeated
        self._ring.skip(max(0, beyond), reason)
        self._repeated = max(0, -beyond)

    def _write(self, arrival: Arrival, lost: int) -> None:
        if lost:
            self._miss(lost, LOST_PACKETS)
        samples = arrival.block.samples
        repeated = min(self._repeated, len(samples))
        self._repeated -= repeated
        while time.monotonic() < self._patient_until_s and not self._ending():
            if self._ring.wait_for_room(len(samples), POLL_S):
                break
        write_block(self._ring, samples[repeated:])
        self._meter.update(arrival.time_s, self.position)


@dataclass
class _Outage:
    reason: str
    position: int  # of the feed, when it began
    counted_s: float = 0.0  # when it was counted last


@dataclass
class _Held:
    """Blocks held back, with the samples that are missing before each, and the outage before them, if there was one."""

    blocks: list[tuple[Arrival, int]] = field(default_factory=list)
    outage: _Outage | None = None

    def first_sample_s(self, rate_hz: int) -> float:
        """When the first sample would have come at the least latency of all."""
        samples, times_s = 0, []
        for arrival, lost in self.blocks:
            samples += lost + len(arrival.block.samples)
            times_s.append(arrival.time_s - samples / rate_hz)
        return min(times_s)
