"""Find what is missing from a feed: from its timestamps where they are believed, else from the time that has passed.

Sample numbers keep step with the clock: samples written and lost add up to the time since the first sample.

Timestamps show losses to the sample. But no loss is believed that the clock does not confirm: after missing sound, the
next sound comes later by at least its length (`whipbird.sources.lateness`). Timestamps that are wrong are not believed
at all (`whipbird.sources.feed_timestamps`). Then sound is missing where all that follows stays late, and does not catch
up.

A server first sends a burst of what it has buffered, often seconds of the past. So the blocks of a new connection are
held back until the burst is over, and a burst that is longer than the ring waits for the readers. Before the burst,
Icecast sends the very start of an Ogg stream; that is left out. After an outage, a server may send sound again that has
been processed already; that is also left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from whipbird.audio.ring import Ring
from whipbird.sources.connection import Arrival
from whipbird.sources.feed_timestamps import HINDSIGHT_S, FeedTimestamps
from whipbird.sources.held_blocks import HeldBlocks, Outage
from whipbird.sources.lateness import MEMORY_S, Lateness
from whipbird.sources.ring_writer import write_block

__all__ = ["LOST_PACKETS", "MOST_LATE_S", "STALLED", "Continuity"]

LOST_PACKETS = "packets lost"
STALLED = "stalled"

POLL_S = 0.1
PAUSE_S = 2.0  # without a block; then sound may be missing that timestamps do not show
LATE_S = 1.0  # up to this, sound that is missing after a pause, and not by its timestamps, is only late
CATCHING_UP = 1.25  # pace of sound that is only late, and comes after all
UNKNOWN_S = 3.0  # after this, the blocks of a new connection are written, whatever their timestamps
REPORTED_S = 5.0  # without timestamps that can be believed, before that is reported
BURST_S = 10.0  # time after the start of a connection in which readers of the ring are waited for
STEP_S = 1.0  # between counts during an outage

# How long all sound must be late to count as lost; `MEMORY_S` if timestamps only count the samples. A reliable network
# may delay sound for seconds, but delivers it.
RELIABLE_S = 10.0
BELIEVED_S = 3.0
DOUBTED_S = 0.75
MOST_LATE_S = 0.3  # how late sound may be for so long whose timestamps show no loss ...
DOUBTED_LATE_S = 0.15  # ... and other sound
EARLY_S = 0.4  # sound that comes so much earlier than expected was counted as lost, and is left out


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
    on_doubt : callable, optional
        Called once, when timestamps turn out to be wrong.
    most_late_s : float
        How late sound may stay whose timestamps show no loss.
    reliable : bool
        Whether the network delivers everything in the end, as TCP does.

    Attributes
    ----------
    placed : int
        Samples written so far, or left out because they had been written or counted as lost already.
    """

    def __init__(
        self,
        ring: Ring,
        rate_hz: int,
        settle_s: float,
        on_start: Callable[[float], None],
        stopped: Callable[[], bool] = lambda: False,
        on_doubt: Callable[[], None] = lambda: None,
        most_late_s: float = MOST_LATE_S,
        reliable: bool = False,
    ) -> None:
        self.placed = 0
        self._ring = ring
        self._rate_hz = rate_hz
        self._settle_s = settle_s
        self._on_start = on_start
        self._stopped = stopped
        self._on_doubt = on_doubt
        self._most_late_s = most_late_s
        self._window_s = RELIABLE_S if reliable else None
        self._patient_until_s = 0.0
        self._lateness = Lateness()
        self._timestamps = FeedTimestamps()
        self._doubted = False  # and that has been reported
        self._started = False
        self._last_s: float | None = None  # arrival of the last block
        self._repeated = 0  # samples to come that have been written already, or counted as lost
        self._outage: Outage | None = None
        self._held: HeldBlocks | None = HeldBlocks(rate_hz)

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
        if self._held is not None:
            self._hold(self._held, arrival)
            self.settle(arrival.time_s)
            return
        late_s = self._lateness.late_s(arrival.time_s, self._place_s(arrival))
        lost_s = self._timestamps.lost_s(arrival.block, late_s)
        if self._timestamps.doubted_s > REPORTED_S and not self._doubted:
            self._doubted = True
            self._on_doubt()
        if paused and (counted or lost_s is None):
            self._held = HeldBlocks(self._rate_hz)
            self._held.add(arrival, 0)
        else:
            self._write(arrival, round((lost_s or 0.0) * self._rate_hz))
            self._keep_step(counted)

    def lose(self, reason: str) -> None:
        """Record that the connection is lost or has no sound: everything missing until the next block is one gap."""
        self.settle()
        if self._outage is None and self._started:
            self._outage = Outage(reason, self.position)

    def wait(self, now_s: float) -> None:
        """Call when no block has arrived: during an outage, counts the lost samples that no server will send again."""
        self.settle(now_s)
        if self._outage is not None and now_s - self._outage.counted_s >= STEP_S:
            self._outage.counted_s = now_s
            self._skip(max(0, self._missing(now_s) - round(HINDSIGHT_S * self._rate_hz)), self._outage.reason)

    def finish(self, now_s: float) -> None:
        """Call at the end: writes what is held back, and the gap of an outage."""
        self.settle()
        if self._outage is not None:
            self._skip(max(0, self._missing(now_s)), self._outage.reason)

    def settle(self, now_s: float | None = None) -> None:
        """Write the blocks held back, if the first has been held for long enough by ``now_s``; by default at once."""
        held = self._held
        if held is None or not held.blocks:
            return
        if now_s is not None and now_s - held.blocks[0][0].time_s < self._settle_s:
            return
        if not self._timestamps.believed:
            held.distrust()
        first_s = held.first_sample_s()
        if not self._started:
            self._started = True
            self._lateness = Lateness(first_s)
            self._on_start(first_s)
        else:
            lost = self._missing(first_s)
            if held.outage is not None:
                self._skip(lost, held.outage.reason)
            elif lost > max(LATE_S, self._most_late_s) * self._rate_hz and held.pace() < CATCHING_UP:
                self._skip(lost, STALLED)
                self._lateness.guess(lost / self._rate_hz)
        self._held = None
        self._lateness.forget()
        self._patient_until_s = time.monotonic() + BURST_S
        for arrival, lost in held.blocks:
            self._write(arrival, lost)

    def _hold(self, held: HeldBlocks, arrival: Arrival) -> None:
        """Hold back a block of a new connection, and leave out what comes before another start of the timestamps."""
        lost_s = self._timestamps.lost_s(arrival.block, held.late_s(arrival))
        if abs(self._timestamps.jump_s) > LATE_S and arrival.time_s - held.since_s < UNKNOWN_S:
            held.clear()
        held.add(arrival, round((lost_s or 0.0) * self._rate_hz))

    def _resume(self, arrival: Arrival, counted: bool, outage: Outage) -> None:
        """Write or hold back the first block after an outage."""
        self._outage = None
        missing_s = max(0.0, self._lateness.late_s(arrival.time_s, outage.position / self._rate_hz))
        jump_s = self._timestamps.reconnected_s(arrival.block, missing_s, self._most_late_s)
        if jump_s is None or counted:
            self._held = HeldBlocks(self._rate_hz, outage)
            self._held.add(arrival, 0)
        else:
            self._skip(round(jump_s * self._rate_hz) - (self.position - outage.position), outage.reason)
            self._patient_until_s = time.monotonic() + BURST_S
            self._lateness.forget()
            self._write(arrival, 0)

    def _keep_step(self, counted: bool) -> None:
        """Count sound as lost that should have come long ago, or leave out sound that comes after all."""
        believed = self._timestamps.believed and not counted
        window_s = MEMORY_S if counted else self._window_s or (BELIEVED_S if believed else DOUBTED_S)
        late_s = self._lateness.lasting_s(window_s)
        if late_s > (self._most_late_s if believed else DOUBTED_LATE_S):
            self._skip(round(late_s * self._rate_hz), STALLED if counted else LOST_PACKETS)
            self._lateness.guess(late_s)
            self._timestamps.missed(late_s)
        elif window_s < BELIEVED_S and (early_s := self._lateness.early_s) > EARLY_S:
            self._skip(-round(early_s * self._rate_hz), LOST_PACKETS)

    def _missing(self, now_s: float) -> int:
        """Samples that are missing up to a block that starts to arrive now; negative if they have come already."""
        return round(self._lateness.late_s(now_s, self.position / self._rate_hz) * self._rate_hz)

    def _place_s(self, arrival: Arrival) -> float:
        """Where a block ends, if nothing is missing before it."""
        return (self.position + len(arrival.block.samples)) / self._rate_hz

    def _skip(self, lost: int, reason: str) -> None:
        """Skip the samples that are missing from the feed; if ``lost`` is negative, the feed repeats that many."""
        beyond = lost - self._repeated
        self._ring.skip(max(0, beyond), reason)
        self._repeated = max(0, -beyond)

    def _write(self, arrival: Arrival, lost: int) -> None:
        if lost:
            self._skip(lost, LOST_PACKETS)
            self._lateness.guess(lost / self._rate_hz)
        samples = arrival.block.samples
        repeated = min(self._repeated, len(samples))
        self._repeated -= repeated
        while time.monotonic() < self._patient_until_s and not self._stopped():
            if self._ring.wait_for_room(len(samples), POLL_S):
                break
        write_block(self._ring, samples[repeated:])
        self.placed += len(samples)
        self._lateness.update(arrival.time_s, self.position / self._rate_hz)
