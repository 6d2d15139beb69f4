"""Blocks of a feed that are held back at the start of a connection, until the burst of the server is over."""

from __future__ import annotations

from dataclasses import dataclass

from whipbird.sources.connection import Arrival
from whipbird.sources.lateness import Lateness

__all__ = ["HeldBlocks", "Outage"]


@dataclass
class Outage:
    """An outage of a feed.

    Attributes
    ----------
    reason : str
    position : int
        Number of the feed's next sample at its start.
    counted_s : float
        When lost samples were last counted.
    """

    reason: str
    position: int
    counted_s: float = 0.0


class HeldBlocks:
    """Blocks held back.

    Parameters
    ----------
    rate_hz : int
    outage : Outage, optional
        The outage before them.

    Attributes
    ----------
    blocks : list of (Arrival, int)
        Each with the number of samples missing before it.
    since_s : float
        Arrival of the first block, even if that was left out.
    """

    def __init__(self, rate_hz: int, outage: Outage | None = None) -> None:
        self.blocks: list[tuple[Arrival, int]] = []
        self.outage = outage
        self.since_s = 0.0
        self._rate_hz = rate_hz
        self._place = 0  # samples held back or missing
        self._lateness = Lateness()

    def late_s(self, arrival: Arrival) -> float:
        """How late a block is, if nothing is missing before it."""
        return self._lateness.late_s(arrival.time_s, (self._place + len(arrival.block.samples)) / self._rate_hz)

    def add(self, arrival: Arrival, lost: int) -> None:
        """Hold back a block before which so many samples are missing."""
        self.since_s = self.since_s or arrival.time_s
        self.blocks.append((arrival, lost))
        self._place += lost + len(arrival.block.samples)
        self._lateness.update(arrival.time_s, self._place / self._rate_hz)

    def clear(self) -> None:
        """Leave out the blocks so far."""
        self.blocks.clear()
        self._place, self._lateness = 0, Lateness()

    def distrust(self) -> None:
        """Take nothing to be missing."""
        self.blocks = [(arrival, 0) for arrival, _ in self.blocks]

    def pace(self) -> float:
        """Sound that arrived in the latter half of the time so far, as a part of that time."""
        first_s, last_s = self.blocks[0][0].time_s, self.blocks[-1][0].time_s
        middle_s = (first_s + last_s) / 2
        latter = sum(len(arrival.block.samples) for arrival, _ in self.blocks if arrival.time_s > middle_s)
        return latter / self._rate_hz / max(last_s - middle_s, 1 / self._rate_hz)

    def first_sample_s(self) -> float:
        """When the first sample would have arrived with the minimum latency."""
        samples, times_s = 0, []
        for arrival, lost in self.blocks:
            samples += lost + len(arrival.block.samples)
            times_s.append(arrival.time_s - samples / self._rate_hz)
        return min(times_s)
