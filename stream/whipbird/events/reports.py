"""Reports besides events: opening and progress of a source, gaps, notices, and a summary at its end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from whipbird.events.detection import Detection

__all__ = ["GapReport", "Heartbeat", "Listener", "Notice", "Opening", "Report", "Summary", "delay_percentiles"]


@dataclass(frozen=True, slots=True)
class Listener:
    """A model that runs on a source, and the labels that it can report.

    Attributes
    ----------
    species : dict of str to (str, str)
        Scientific and common names of the labels that are sounds of a species.
    """

    model: str
    version: str
    labels: tuple[str, ...]
    species: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """The first sound of a source has come.

    Attributes
    ----------
    source : str
    path : str or None
        Path of the recording; None if the source is not a file.
    rate_hz, channels : int
    channel : int or None
        Channel that is processed, counted from 1; None mixes all.
    start : datetime or None
        Wall clock time of the first sample with its zone, when it is known.
    time_from : str
        Where ``start`` is known from, see `whipbird.audio.clock.Clock`.
    opened : datetime
        When processing started.
    listeners : tuple of Listener
    """

    source: str
    path: str | None
    rate_hz: int
    channels: int
    channel: int | None
    start: datetime | None
    time_from: str
    opened: datetime
    listeners: tuple[Listener, ...]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Sign of life of a source: how much of it has been processed and lost so far."""

    source: str
    time: datetime
    heard_s: float
    lost_s: float


@dataclass(frozen=True, slots=True)
class GapReport:
    """Sound that was lost, in seconds from the start of the source."""

    source: str
    begin_s: float
    end_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know; ``problem`` if it kept sound from being processed."""

    text: str
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of a source.

    Attributes
    ----------
    source : str or None
        None for the sum over several.
    heard_s, lost_s : float
        Seconds of sound processed, and lost.
    events : int
    realtime_factor : float
        Seconds of sound processed per second that passed.
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


Report = Detection | GapReport | Notice | Summary | Opening | Heartbeat
