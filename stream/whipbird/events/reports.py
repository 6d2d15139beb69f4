"""Reports besides events: opening and progress of a source, gaps, notices, and a summary at its end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from whipbird.audio.gap import is_lost
from whipbird.events.detection import Detection

__all__ = [
    "GapReport",
    "Heartbeat",
    "Listener",
    "Notice",
    "Notification",
    "Opening",
    "Report",
    "Summary",
    "delay_percentiles",
]


@dataclass(frozen=True, slots=True)
class Listener:
    """A model that runs on a source, and the labels that it can report.

    Attributes
    ----------
    species : dict of str to (str, str)
        Scientific and common names of the labels that are sounds of a species.
    hears_words : bool
        Whether it listens for words, and not for other sounds.
    """

    model: str
    version: str
    labels: tuple[str, ...]
    species: dict[str, tuple[str, str]] = field(default_factory=dict)
    hears_words: bool = False


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
    """Sign of life of a source: how much of it has been processed and lost, and was left out, so far; see `Summary`."""

    source: str
    time: datetime
    heard_s: float
    lost_s: float
    below_trigger_s: float = 0.0


@dataclass(frozen=True, slots=True)
class GapReport:
    """Sound that is missing, in seconds from the start of the source, and why.

    It was lost, unless a triggered recorder left it out (`whipbird.audio.gap.BELOW_TRIGGER`).
    """

    source: str
    begin_s: float
    end_s: float
    reason: str

    @property
    def is_lost(self) -> bool:
        """Whether it was lost."""
        return is_lost(self.reason)

    def shown(self, decimals: int) -> str:
        """Its length and reason, for people: ``2.5 s lost: overflow``, ``600.0 s below trigger``."""
        return f"{self.end_s - self.begin_s:.{decimals}f} s {'lost: ' if self.is_lost else ''}{self.reason}"


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
    heard_s, lost_s, below_trigger_s : float
        Seconds of sound processed, lost, and left out by a triggered recorder.
    events : int
    realtime_factor : float
        Seconds of sound processed per second that passed.
    held_back : int
        Events that were not reported because of another sound at their time, such as a dog.
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
    below_trigger_s: float = 0.0
    held_back: int = 0

    @property
    def elapsed_s(self) -> float:
        """Seconds from the start of the source to its end."""
        return self.heard_s + self.lost_s + self.below_trigger_s


def delay_percentiles(delays_s: Collection[float]) -> tuple[float | None, float | None]:
    """Median and 95th percentile of delays; None without any."""
    if not delays_s:
        return None, None
    median, high = np.quantile(list(delays_s), [0.5, 0.95]).tolist()
    return median, high


@dataclass(frozen=True, slots=True)
class Notification:
    """What people are told.

    Attributes
    ----------
    id : str
        Unique to it.
    label : str
        Of the event that it is about; empty if it is about none.
    begin, end : datetime
        Time of that event.
    """

    id: str
    title: str
    text: str
    label: str = ""
    begin: datetime | None = None
    end: datetime | None = None


Report = Detection | GapReport | Notice | Summary | Opening | Heartbeat | Notification
