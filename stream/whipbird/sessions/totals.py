"""Totals over the sources of a session."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from whipbird.events.reports import Summary, delay_percentiles

__all__ = ["Totals"]

DELAYS = 10_000  # latest delays that are kept, for their percentiles


class Totals:
    """Sums the summaries of sources.

    Attributes
    ----------
    delays : deque of float
        Append the delay of each event in s.
    """

    def __init__(self) -> None:
        self.delays: deque[float] = deque(maxlen=DELAYS)
        self._sum = Summary(None, 0.0, 0.0, 0, 0.0, None, None)
        self._elapsed_s = 0.0  # while the sources were processed

    def add(self, summary: Summary) -> None:
        total = self._sum
        self._sum = replace(
            total,
            heard_s=total.heard_s + summary.heard_s,
            lost_s=total.lost_s + summary.lost_s,
            below_trigger_s=total.below_trigger_s + summary.below_trigger_s,
            events=total.events + summary.events,
        )
        if summary.realtime_factor:
            self._elapsed_s += summary.heard_s / summary.realtime_factor

    def summary(self) -> Summary:
        """Summary of all sources so far."""
        delay_p50_s, delay_p95_s = delay_percentiles(self.delays)
        return replace(
            self._sum,
            realtime_factor=self._sum.heard_s / self._elapsed_s if self._elapsed_s else 0.0,
            delay_p50_s=delay_p50_s,
            delay_p95_s=delay_p95_s,
        )
