"""What listening reports besides events: gaps, notices, and a summary at the end of each source."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from stream.detection import Detection

__all__ = ["GapReport", "Notice", "Report", "Summary", "delay_percentiles"]


@dataclass(frozen=True, slots=True)
class GapReport:
    """Sound that was lost, in seconds from the start of the source."""

    source: str
    begin_s: float
    end_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know; ``problem`` if it kept sound from being heard."""

    text: str
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a source.

    Attributes
    ----------
    source : str or None
        None for the sum over several.
    heard_s, lost_s : float
        Seconds of sound heard, and lost.
    events : int
    realtime_factor : float
        Seconds of sound heard per second that passed.
    delay_p50_s, delay_p95_s : float or None
        From the end of an event's sound to its report; None without events.
    """

    source: str | None
    heard_s: float
    lost_s: float
    events: int
    realtime_factor: float
    delay_p50_s: float | None
    delay_p95_s: float | None


def delay_percentiles(delays_s: Collection[float]) -> tuple[float | None, float | None]:
    """Median and 95th percentile of delays; None without any."""
    if not delays_s:
        return None, None
    median, high = np.quantile(list(delays_s), [0.5, 0.95]).tolist()
    return median, high


Report = Detection | GapReport | Notice | Summary
