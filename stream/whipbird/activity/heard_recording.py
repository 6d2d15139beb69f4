"""What activity is counted from: recordings as they were processed, what was listened for in them, and their events."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Annotated, NamedTuple

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as validated

from whipbird.activity.effort import TimeSpan, heard_spans
from whipbird.audio.clock import MODIFIED
from whipbird.audio.gap import is_lost

__all__ = [
    "FARTHEST_S",
    "Events",
    "HeardRecording",
    "Listened",
    "Recordings",
    "ScoredEvent",
    "Select",
    "Site",
    "Target",
    "Targets",
    "everything",
    "known_start_s",
]

FIRST_S, LAST_S = -2_208_988_800.0, 7_258_118_400.0  # 1900 and 2200: recordings start between them
LONGEST_S = 10 * 366 * 86_400.0  # of sound that one run can process
FARTHEST_S = 1e10  # from the start of a recording to an event or a gap


class Site(NamedTuple):
    """A station and one of its sources."""

    station: str
    source: str


class Target(NamedTuple):
    """A model and one of the labels that it listens for."""

    model: str
    label: str


Targets = frozenset[Target]
"""What was listened for at once: all labels of a model, or those that were selected."""


class ScoredEvent(NamedTuple):
    """An event of a recording, by the recording's number."""

    recording: int
    target: Target
    begin_s: float
    score: float


_Place = Annotated[float, Field(ge=0, le=FARTHEST_S)]
_Length = Annotated[float, Field(ge=0)]


@validated(frozen=True, config=ConfigDict(strict=True, allow_inf_nan=False))
class HeardRecording:
    """A recording as one run processed it; raises ValueError for what cannot be one.

    Attributes
    ----------
    number : int
    site : Site
    path : str or None
    fingerprint : str or None
        Equal for all runs over the same recording; None if there cannot be another run.
    start_s : float or None
        Start, in seconds from the start of 1970 in its time zone; None if it is unknown or only guessed.
    time_from : str
    elapsed_s : float
    gaps : list of (begin_s, end_s, reason)
    part : (float, float) or None
        Start and end, in seconds, of the part that counts, which contains all gaps; None for the whole recording.
    """

    number: int
    site: Site
    path: str | None
    fingerprint: str | None
    start_s: Annotated[float, Field(ge=FIRST_S, le=LAST_S)] | None
    time_from: str
    elapsed_s: _Length
    gaps: list[tuple[_Place, _Length, str]]
    part: tuple[float, float] | None = None

    @property
    def identity(self) -> Hashable:
        return self.number if self.fingerprint is None else self.fingerprint

    @property
    def lost(self) -> list[TimeSpan]:
        """Spans that were lost."""
        return [(begin_s, end_s) for begin_s, end_s, reason in self.gaps if is_lost(reason)]

    @property
    def below_trigger(self) -> list[TimeSpan]:
        """Spans that the recorder left out."""
        spans = [(begin_s, end_s) for begin_s, end_s, reason in self.gaps if not is_lost(reason)]
        self._check(spans)
        return spans

    @property
    def heard(self) -> list[TimeSpan]:
        """Spans that were processed."""
        spans = list(heard_spans(self.elapsed_s, ((begin_s, end_s) for begin_s, end_s, _ in self.gaps)))
        self._check(spans)
        if self.part is None:
            return spans
        first_s, last_s = self.part
        cut = ((max(first_s, begin_s), min(last_s, end_s)) for begin_s, end_s in spans)
        return [(begin_s, end_s) for begin_s, end_s in cut if begin_s < end_s]

    def _check(self, spans: list[TimeSpan]) -> None:
        """Refuse spans for which there would be too many hours."""
        if sum(end_s - begin_s for begin_s, end_s in spans) > LONGEST_S or (spans and spans[-1][1] > FARTHEST_S):
            raise ValueError(f"a recording of {self.site.source} is {self.elapsed_s:g} s long")


Recordings = Mapping[int, HeardRecording]
Listened = Iterable[tuple[int, Targets]]
Events = Iterable[ScoredEvent]
Select = Callable[[Recordings, Listened, Events], tuple[Recordings, Listened, Events]]
"""Selects what counts; see `whipbird.activity.selection`."""


def everything(recordings: Recordings, listened: Listened, events: Events) -> tuple[Recordings, Listened, Events]:
    """Select everything."""
    return recordings, listened, events


def known_start_s(start_s: float | None, utc_offset_s: int | None, time_from: str) -> float | None:
    """Start of a recording as in `HeardRecording`, from the seconds since 1970 and the offset of its zone."""
    return None if start_s is None or time_from == MODIFIED else start_s + (utc_offset_s or 0)
