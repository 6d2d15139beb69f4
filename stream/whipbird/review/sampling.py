"""Which events a person should judge, so that precision can be estimated for every threshold.

Events are divided into strata: by model, by label, and by score, in steps of 1 on the scale of log odds, ln(s / (1 -
s)), so that scores near 1, where thresholds are, have several. The bounds of strata are fixed: they do not move when
events are added. Within a stratum, events are drawn by simple random sampling without replacement. The next event is
drawn from the stratum with the fewest judged events, so that all scores are judged about equally often; the review can
therefore end at any time.

The random number of an event is a hash of its recording, label and start: permanent random numbers (Ohlsson 1995, in
Business Survey Methods, ch. 9). The events that are drawn first are those with the lowest numbers, in every session,
and when new events have come in between, they take their place in the order.

Only verdicts that were given on drawn events are ``drawn``. An event that was judged already because a person chose it
(in a search, in a table) is drawn when its number comes; its verdict is then counted as drawn. Leaving it out would
remove from the sample just what was easy to find.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from whipbird.activity.judged import start_text
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.events.detection import Detection

__all__ = ["Candidate", "Drawable", "Stratum", "candidates_of", "in_order", "level_of", "number_of", "stratum_of"]

STEP = 1.0  # width of a stratum, in log odds
LOWEST, HIGHEST = -5, 8  # first and last stratum: scores below 0.0067 and above 0.99966 are not divided further


class Stratum(NamedTuple):
    """Events of one label of one model with similar scores."""

    model: str
    label: str
    level: int


@dataclass(frozen=True)
class Candidate:
    """An event that can be judged, with its recording."""

    recording: RecordedEvents
    event: Detection

    @property
    def stratum(self) -> Stratum:
        return stratum_of(self.event)

    @property
    def is_drawn(self) -> bool:
        """Whether it was drawn and judged already."""
        return self.event.verdict is not None and self.event.verdict.drawn

    @property
    def counts(self) -> bool:
        """Whether it counts in estimates: it was drawn, and has a certain answer."""
        return self.is_drawn and self.right is not None

    @property
    def score(self) -> float:
        return self.event.score

    @property
    def right(self) -> bool | None:
        """What the verdict says of the label; None without one, or if it is unsure."""
        return None if self.event.verdict is None else self.event.verdict.right

    @property
    def number(self) -> bytes:
        """Its permanent random number."""
        own = self.recording
        return number_of(own.identity, own.source, start_text(own), self.event.label, self.event.begin_s)


def stratum_of(event: Detection) -> Stratum:
    """The stratum of an event."""
    return Stratum(event.model, event.label, level_of(event.score))


def level_of(score: float) -> int:
    """The level of the stratum of a score."""
    own = min(max(score, 1e-12), 1 - 1e-12)
    level = math.floor(math.log(own / (1 - own)) / STEP)
    return min(max(level, LOWEST), HIGHEST)


def number_of(identity: str | None, source: str, start: str | None, label: str, begin_s: float) -> bytes:
    """The permanent random number of an event; ``start`` is that of a live recording, as text."""
    recording = identity or f"{source}\0{start}"
    return hashlib.sha256(f"{recording}\0{label}\0{begin_s:.3f}".encode("utf-8", "backslashreplace")).digest()


def candidates_of(recordings: Iterable[RecordedEvents]) -> list[Candidate]:
    """The events of recordings."""
    return [Candidate(recording, event) for recording in recordings for event in recording.detections]


class Drawable(Protocol):
    """What can be drawn: a `Candidate`, or what stands for an event elsewhere."""

    @property
    def stratum(self) -> Stratum: ...

    @property
    def number(self) -> bytes: ...

    @property
    def is_drawn(self) -> bool: ...


Drawn = TypeVar("Drawn", bound=Drawable)


def in_order(candidates: Iterable[Drawn]) -> Iterator[Drawn]:
    """Draw events that have not been drawn yet, one after the other, until there is none.

    The order does not depend on the answers. An event that a person chose and judged before is drawn like any other.
    """
    waiting: dict[Stratum, list[Drawn]] = {}
    judged: dict[Stratum, int] = {}
    for one in candidates:
        judged.setdefault(one.stratum, 0)
        if one.is_drawn:
            judged[one.stratum] += 1
        else:
            waiting.setdefault(one.stratum, []).append(one)
    for own in waiting.values():
        own.sort(key=lambda one: one.number, reverse=True)
    while waiting:
        stratum = min(waiting, key=lambda one: (judged[one], -one.level, one))
        yield waiting[stratum].pop()
        judged[stratum] += 1
        if not waiting[stratum]:
            del waiting[stratum]
