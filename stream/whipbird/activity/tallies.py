"""Tallies of activity from a database: events and seconds of sound, for each label, source and hour.

Seconds are of three kinds: listened (processed), below the trigger of a recorder that left quiet sound out, and lost.

A recording that was processed more than once counts once for each label of a model: the run that got furthest counts,
or the last one of several. Of a model that listens for more labels than `MOST_LABELS`, only those with events have
tallies; how many it listened for is counted.

Seconds whose time of day is not known are in hour None, and so are those of recordings whose time is only guessed from
when their files were written: copying a card would make one hour of many. If the system clock was set while a live
source was processed, all of its time is counted by the clock at the end, which is more likely to be right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as validated

from whipbird.activity.effort import HOUR_S, TimeSpan, heard_spans, hour_at, seconds_by_hour
from whipbird.audio.clock import MODIFIED
from whipbird.audio.gap import is_lost
from whipbird.database.reader import DatabaseReader, open_reader, stored_time
from whipbird.recordings.metadata.names import time_in_name

__all__ = [
    "FARTHEST_S",
    "MOST_LABELS",
    "Activity",
    "Effort",
    "GapSpan",
    "HeardRecording",
    "Key",
    "ScoredEvent",
    "Select",
    "Site",
    "Tally",
    "Target",
    "Targets",
    "activity_of",
    "counted_targets",
    "everything",
    "known_start_s",
    "read_activity",
    "stored_events",
    "stored_recordings",
    "stored_targets",
    "total",
]

T = TypeVar("T", bound=Hashable)
MOST_LABELS = 1000  # of a model, that have a tally even if none was heard
FIRST_S, LAST_S = -2_208_988_800.0, 7_258_118_400.0  # 1900 and 2200: recordings start between them
LONGEST_S = 10 * 366 * 86_400.0  # of sound that one run can process
FARTHEST_S = 1e10  # from the start of a recording to an event or a gap
CLOCK_SET_S = 60.0  # a smaller difference is delay or drift, which does not matter for hours


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


class Key(NamedTuple):
    """A site, a target and an hour (see `whipbird.activity.effort`)."""

    site: Site
    target: Target
    hour: int | None


class ScoredEvent(NamedTuple):
    """An event of a recording, by the recording's number."""

    recording: int
    target: Target
    begin_s: float
    score: float


@dataclass
class Tally:
    """Number of events, the seconds listened for them, and the seconds below the recorder's trigger."""

    events: int = 0
    heard_s: float = 0.0
    below_trigger_s: float = 0.0

    @property
    def per_hour(self) -> float | None:
        """Events per hour listened; None if no sound was processed."""
        return self.events / self.heard_s * HOUR_S if self.heard_s else None


@dataclass
class Effort:
    """Seconds processed, lost and below the trigger of a source, for all labels together."""

    heard_s: float = 0.0
    lost_s: float = 0.0
    below_trigger_s: float = 0.0
    recordings: int = 0
    unheard: int = 0  # recordings of which nothing could be processed
    guessed: int = 0  # recordings whose time is only known from when their files were written


@dataclass(frozen=True)
class GapSpan:
    """A gap in a recording; ``time`` is its start in the recording's time zone, or None if it is not known."""

    site: Site
    recording: str | None
    reason: str
    begin_s: float
    end_s: float
    time: datetime | None

    @property
    def is_lost(self) -> bool:
        """Whether it is a loss."""
        return is_lost(self.reason)


@dataclass
class Activity:
    """Activity in a database or a scan.

    Attributes
    ----------
    tallies : dict from Key to Tally
        Only for hours in which sound was processed or below the trigger; see the module for those without events.
    efforts : dict from site and hour to Effort
        Seconds only, for hours in which sound was processed or below the trigger, and the unknown hour.
    sites : dict from Site to Effort
    gaps : list of GapSpan
    hours : set of int or None
        In which there was sound for the labels that count, processed or below the trigger.
    heard_hours : set of int or None
        Those in which some was processed.
    listened_for : dict from str to int
        For each model, the number of labels that it listened for.
    """

    tallies: dict[Key, Tally] = field(default_factory=dict)
    efforts: dict[tuple[Site, int | None], Effort] = field(default_factory=dict)
    sites: dict[Site, Effort] = field(default_factory=dict)
    gaps: list[GapSpan] = field(default_factory=list)
    hours: set[int | None] = field(default_factory=set)
    heard_hours: set[int | None] = field(default_factory=set)
    listened_for: dict[str, int] = field(default_factory=dict)


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


def total(tallies: Mapping[Key, Tally], group: Callable[[Key], T | None]) -> dict[T, Tally]:
    """Sums over groups, in the order of the groups; keys whose group is None are left out."""
    found: dict[T, Tally] = {}
    for key, tally in tallies.items():
        name = group(key)
        if name is not None:
            sum_ = found.setdefault(name, Tally())
            sum_.events += tally.events
            sum_.heard_s += tally.heard_s
            sum_.below_trigger_s += tally.below_trigger_s
    return dict(sorted(found.items()))


def read_activity(path: Path, select: Select = everything) -> Activity:
    """Read the activity in a database, as far as it is selected.

    Raises
    ------
    WhipbirdError
        If it cannot be read, or is something else.
    """
    with open_reader(path) as database:
        return activity_of(*select(stored_recordings(database), stored_targets(database), stored_events(database)))


def activity_of(
    recordings: Mapping[int, HeardRecording],
    listened: Iterable[tuple[int, Targets]],
    events: Iterable[ScoredEvent],
) -> Activity:
    """Add up recordings and events.

    Parameters
    ----------
    recordings : mapping
        By their numbers.
    listened : iterable of (number, targets)
        What was listened for in which recording.
    events : iterable of ScoredEvent
    """
    activity = Activity()
    furthest = _count_effort(activity, recordings.values())
    _count_events(activity, recordings, listened, events)
    _count_lost(activity, furthest)
    return activity


def stored_targets(database: DatabaseReader) -> Iterator[tuple[int, Targets]]:
    """What was listened for in which recording of a database."""
    lists: dict[int, set[Target]] = {}
    for number, model, label in database.label_lists():
        if not isinstance(model, str) or not isinstance(label, str):
            raise TypeError(f"{label!r} of {model!r} is not a label of a model")
        lists.setdefault(number, set()).add(Target(model, label))
    found = {number: frozenset(targets) for number, targets in lists.items()}
    for recording, number in database.listened():
        yield recording, found[number]


def stored_events(database: DatabaseReader) -> Iterator[ScoredEvent]:
    """The events in a database."""
    for number, model, label, begin_s, score in database.events():
        yield ScoredEvent(number, Target(model, label), begin_s, score)


def stored_recordings(database: DatabaseReader) -> dict[int, HeardRecording]:
    """The recordings in a database, by their numbers."""
    found = {}
    for number, station, source, path, fingerprint, start, offset_s, origin, elapsed_s in database.recordings():
        seconds = None if start is None else stored_time(start).timestamp()
        place = Site(station, source)
        found[number] = HeardRecording(
            number=number,
            site=place,
            path=path,
            fingerprint=_told_apart(fingerprint, path),
            start_s=known_start_s(seconds, offset_s, origin),
            time_from=origin,
            elapsed_s=elapsed_s,
            gaps=[],
        )
    _follow_clock(database, found)
    gaps: dict[int, list[tuple[float, float, str]]] = {}
    for number, begin_s, end_s, reason in database.gaps():
        gaps.setdefault(number, []).append((begin_s, end_s, reason))
    return found | {number: replace(found[number], gaps=own) for number, own in gaps.items()}


def _told_apart(fingerprint: str | None, path: str | None) -> str | None:
    """A fingerprint that differs for the same sound, such as silence, if names give other times."""
    if fingerprint is None or path is None:
        return fingerprint
    time = time_in_name(path, UTC)
    return fingerprint if time is None else f"{fingerprint} {time.replace(tzinfo=None)}"


def _follow_clock(database: DatabaseReader, recordings: dict[int, HeardRecording]) -> None:
    """Set the start of live recordings by the clock of their last heartbeat, if that clock differs."""
    for number, time, elapsed_s, offset_s in database.last_heartbeats():
        recording = recordings[number]
        start_s = stored_time(time).timestamp() + (offset_s or 0) - elapsed_s
        if recording.start_s is not None and abs(start_s - recording.start_s) >= CLOCK_SET_S:
            recordings[number] = replace(recording, start_s=start_s)


def _furthest(recordings: Iterable[HeardRecording]) -> HeardRecording:
    return max(recordings, key=lambda recording: (recording.elapsed_s, recording.number))


def _count_effort(activity: Activity, recordings: Iterable[HeardRecording]) -> list[HeardRecording]:
    """Count what was processed; returns the runs that count."""
    runs: dict[Hashable, list[HeardRecording]] = {}
    for recording in recordings:
        runs.setdefault(recording.identity, []).append(recording)
    furthest = [_furthest(own) for own in runs.values()]
    for recording in furthest:
        site = activity.sites.setdefault(recording.site, Effort())
        site.recordings += 1
        site.unheard += not recording.elapsed_s
        site.guessed += recording.time_from == MODIFIED
        site.lost_s += sum(end_s - begin_s for begin_s, end_s in recording.lost)
        for hour, seconds in seconds_by_hour(recording.start_s, recording.heard).items():
            for effort in (site, activity.efforts.setdefault((recording.site, hour), Effort())):
                effort.heard_s += seconds
        for hour, seconds in seconds_by_hour(recording.start_s, recording.below_trigger).items():
            for effort in (site, activity.efforts.setdefault((recording.site, hour), Effort())):
                effort.below_trigger_s += seconds
        for begin_s, end_s, reason in recording.gaps:
            time = None
            if recording.start_s is not None:
                time = datetime(1970, 1, 1) + timedelta(seconds=recording.start_s + begin_s)
            activity.gaps.append(GapSpan(recording.site, recording.path, reason, begin_s, end_s, time))
    return furthest


def _count_lost(activity: Activity, recordings: Iterable[HeardRecording]) -> None:
    """Count what was lost in the hours in which something was processed.

    A damaged header may promise more hours than there have ever been.
    """
    hours: dict[Site, set[int]] = {}
    for site, hour in (*activity.efforts, *((key.site, key.hour) for key in activity.tallies)):
        if hour is not None:
            hours.setdefault(site, set()).add(hour)
    within = {site: sorted(own) for site, own in hours.items()}
    for recording in recordings:
        lost = seconds_by_hour(recording.start_s, recording.lost, within.get(recording.site, []))
        for hour, seconds in lost.items():
            activity.efforts.setdefault((recording.site, hour), Effort()).lost_s += seconds


def counted_targets(
    recordings: Mapping[int, HeardRecording], listened: Iterable[tuple[int, Targets]]
) -> dict[Hashable, dict[int, list[Targets]]]:
    """For each recording (by its identity), the numbers of its runs that count, each with the targets that count.

    Equal sets of targets are the same object: of a model with thousands of labels, each recording has one.
    """
    runs: dict[Hashable, dict[int, list[Targets]]] = {}
    for number, targets in listened:
        runs.setdefault(recordings[number].identity, {}).setdefault(number, []).append(targets)
    shared: dict[Targets, Targets] = {}
    found: dict[Hashable, dict[int, list[Targets]]] = {}
    for identity, own in runs.items():
        found[identity] = {}
        counted: list[Targets] = []
        for number in sorted(own, key=lambda number: (recordings[number].elapsed_s, number), reverse=True):
            for targets in own[number]:
                if any(targets is other for other in counted):
                    continue
                rest = targets.difference(*counted) if counted else targets
                counted.append(targets)
                if rest:
                    found[identity].setdefault(number, []).append(shared.setdefault(rest, rest))
    return found


def _count_events(
    activity: Activity,
    recordings: Mapping[int, HeardRecording],
    listened: Iterable[tuple[int, Targets]],
    events: Iterable[ScoredEvent],
) -> None:
    runs = {number: sets for own in counted_targets(recordings, listened).values() for number, sets in own.items()}
    heard: set[Target] = set()
    for number, target, begin_s, _ in events:
        if not 0 <= begin_s <= FARTHEST_S:
            raise ValueError(f"an event of {target.label} is {begin_s:g} s after the start of its recording")
        if any(target in targets for targets in runs.get(number, ())):
            recording = recordings[number]
            key = Key(recording.site, target, hour_at(recording.start_s, begin_s))
            activity.tallies.setdefault(key, Tally()).events += 1
            activity.hours.add(key.hour)
            heard.add(target)
    sets = {targets for own in runs.values() for targets in own}
    activity.listened_for = dict(sorted(Counter(target.model for target in frozenset().union(*sets)).items()))
    tallied = {
        targets: [target for target in targets if target in heard or activity.listened_for[target.model] <= MOST_LABELS]
        for targets in sets
    }
    for number, own in runs.items():
        recording = recordings[number]
        heard_s = seconds_by_hour(recording.start_s, recording.heard)
        below_trigger_s = seconds_by_hour(recording.start_s, recording.below_trigger)
        activity.hours.update(heard_s, below_trigger_s)
        activity.heard_hours.update(heard_s)
        for target in (target for targets in own for target in tallied[targets]):
            for hour, seconds in heard_s.items():
                activity.tallies.setdefault(Key(recording.site, target, hour), Tally()).heard_s += seconds
            for hour, seconds in below_trigger_s.items():
                activity.tallies.setdefault(Key(recording.site, target, hour), Tally()).below_trigger_s += seconds
