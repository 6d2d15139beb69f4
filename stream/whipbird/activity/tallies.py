"""The account of a database: for each label, source and hour, how many events there were, and how long was listened.

A recording that was heard more than once counts once for each label of a model: as it was heard furthest, and of those
hearings the last. Seconds without known time of day are in hour None. Where the system's clock was set while a live
source was heard, all of it is counted by the clock as it was at the end: that of a computer that has found the time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from whipbird.activity.effort import HOUR_S, TimeSpan, heard_spans, hour_at, seconds_by_hour
from whipbird.audio.clock import MODIFIED
from whipbird.database.reader import DatabaseReader, open_reader

__all__ = [
    "Activity",
    "Effort",
    "HeardRecording",
    "Key",
    "LostSpan",
    "Site",
    "Tally",
    "Target",
    "activity_of",
    "read_activity",
    "total",
]

T = TypeVar("T", bound=Hashable)
CLOCK_SET_S = 60.0  # less is delay on the way, or drift, and no matter for hours


class Site(NamedTuple):
    """Where was listened."""

    station: str
    source: str


class Target(NamedTuple):
    """What was listened for."""

    model: str
    label: str


class Key(NamedTuple):
    """What was listened for where, in one hour."""

    place: Site
    voice: Target
    hour: int | None


@dataclass
class Tally:
    """Events, and the seconds that were listened for them."""

    events: int = 0
    heard_s: float = 0.0

    @property
    def per_hour(self) -> float | None:
        """Events per heard hour; None if nothing was heard."""
        return self.events / self.heard_s * HOUR_S if self.heard_s else None


@dataclass
class Effort:
    """Seconds heard and lost of a source, whatever was listened for."""

    heard_s: float = 0.0
    lost_s: float = 0.0
    recordings: int = 0
    unheard: int = 0  # recordings of which nothing could be heard
    guessed: int = 0  # recordings of which the time is only known from when their files were written


@dataclass(frozen=True)
class LostSpan:
    """A gap in a recording; ``time`` is that of its begin, in the recording's zone, if it is known."""

    place: Site
    recording: str | None
    reason: str
    begin_s: float
    end_s: float
    time: datetime | None


@dataclass
class Activity:
    """All that a database tells.

    Attributes
    ----------
    tallies : dict from Key to Tally
        Only where something was heard.
    efforts : dict from place and hour to Effort
        Seconds alone.
    places : dict from Site to Effort
    gaps : list of LostSpan
    """

    tallies: dict[Key, Tally] = field(default_factory=dict)
    efforts: dict[tuple[Site, int | None], Effort] = field(default_factory=dict)
    places: dict[Site, Effort] = field(default_factory=dict)
    gaps: list[LostSpan] = field(default_factory=list)


@dataclass(frozen=True)
class HeardRecording:
    """One hearing of a recording.

    Attributes
    ----------
    number : int
    place : Site
    path : str or None
    fingerprint : str or None
        What is the same for another hearing of the same recording; None if there can be none.
    start_s : float or None
        From the begin of 1970 in its zone.
    time_from : str
    elapsed_s : float
    gaps : list of (begin_s, end_s, reason)
    """

    number: int
    place: Site
    path: str | None
    fingerprint: str | None
    start_s: float | None
    time_from: str
    elapsed_s: float
    gaps: list[tuple[float, float, str]]

    @property
    def identity(self) -> Hashable:
        return self.number if self.fingerprint is None else self.fingerprint

    @property
    def lost(self) -> list[TimeSpan]:
        return [(begin_s, end_s) for begin_s, end_s, _ in self.gaps]


def total(tallies: Mapping[Key, Tally], group: Callable[[Key], T | None]) -> dict[T, Tally]:
    """Sums over groups, in their order; keys of which the group is None are left out."""
    found: dict[T, Tally] = {}
    for key, tally in tallies.items():
        name = group(key)
        if name is not None:
            one = found.setdefault(name, Tally())
            one.events += tally.events
            one.heard_s += tally.heard_s
    return dict(sorted(found.items()))


def read_activity(path: Path) -> Activity:
    """Read a database.

    Raises
    ------
    WhipbirdError
        If it cannot be read, or is something else.
    """
    with open_reader(path) as database:
        return activity_of(
            _recordings(database),
            ((number, Target(model, label)) for number, model, label in database.listened()),
            ((number, Target(model, label), begin_s) for number, model, label, begin_s in database.events()),
        )


def activity_of(
    recordings: Mapping[int, HeardRecording],
    listened: Iterable[tuple[int, Target]],
    events: Iterable[tuple[int, Target, float]],
) -> Activity:
    """The account of what was heard.

    Parameters
    ----------
    recordings : mapping
        By their numbers.
    listened : iterable of (number, voice)
        What was listened for in which recording.
    events : iterable of (number, voice, begin_s)
        What was heard.
    """
    account = Activity()
    _count_effort(account, recordings.values())
    _count_events(account, recordings, listened, events)
    return account


def _recordings(database: DatabaseReader) -> dict[int, HeardRecording]:
    found = {}
    for number, station, source, path, fingerprint, start, offset_s, origin, elapsed_s in database.recordings():
        start_s = None if start is None else datetime.fromisoformat(start).timestamp() + (offset_s or 0)
        place = Site(station, source)
        found[number] = HeardRecording(number, place, path, fingerprint, start_s, origin, elapsed_s, [])
    _follow_clock(database, found)
    for number, begin_s, end_s, reason in database.gaps():
        found[number].gaps.append((begin_s, end_s, reason))
    return found


def _follow_clock(database: DatabaseReader, recordings: dict[int, HeardRecording]) -> None:
    """Begin live recordings when they did by the clock of their last heartbeat, if that is another."""
    for number, time, elapsed_s, offset_s in database.last_heartbeats():
        recording = recordings[number]
        start_s = datetime.fromisoformat(time).timestamp() + (offset_s or 0) - elapsed_s
        if recording.start_s is not None and abs(start_s - recording.start_s) >= CLOCK_SET_S:
            recordings[number] = replace(recording, start_s=start_s)


def _furthest(recordings: Iterable[HeardRecording]) -> HeardRecording:
    return max(recordings, key=lambda recording: (recording.elapsed_s, recording.number))


def _count_effort(account: Activity, recordings: Iterable[HeardRecording]) -> None:
    hearings: dict[Hashable, list[HeardRecording]] = {}
    for recording in recordings:
        hearings.setdefault(recording.identity, []).append(recording)
    for recording in map(_furthest, hearings.values()):
        place = account.places.setdefault(recording.place, Effort())
        place.recordings += 1
        place.unheard += not recording.elapsed_s
        place.guessed += recording.time_from == MODIFIED
        for kind, spans in (("heard_s", heard_spans(recording.elapsed_s, recording.lost)), ("lost_s", recording.lost)):
            for hour, seconds in seconds_by_hour(recording.start_s, spans).items():
                for effort in (place, account.efforts.setdefault((recording.place, hour), Effort())):
                    setattr(effort, kind, getattr(effort, kind) + seconds)
        for begin_s, end_s, reason in recording.gaps:
            time = None
            if recording.start_s is not None:
                time = datetime(1970, 1, 1) + timedelta(seconds=recording.start_s + begin_s)
            account.gaps.append(LostSpan(recording.place, recording.path, reason, begin_s, end_s, time))


def _count_events(
    account: Activity,
    recordings: Mapping[int, HeardRecording],
    listened: Iterable[tuple[int, Target]],
    events: Iterable[tuple[int, Target, float]],
) -> None:
    hearings: dict[tuple[Hashable, Target], list[HeardRecording]] = {}
    for number, voice in listened:
        hearings.setdefault((recordings[number].identity, voice), []).append(recordings[number])
    counted: set[tuple[int, Target]] = set()
    heard: dict[int, dict[int | None, float]] = {}
    for (_, voice), several in hearings.items():
        recording = _furthest(several)
        counted.add((recording.number, voice))
        if recording.number not in heard:
            spans = heard_spans(recording.elapsed_s, recording.lost)
            heard[recording.number] = seconds_by_hour(recording.start_s, spans)
        for hour, seconds in heard[recording.number].items():
            account.tallies.setdefault(Key(recording.place, voice, hour), Tally()).heard_s += seconds
    for number, voice, begin_s in events:
        if (number, voice) in counted:
            recording = recordings[number]
            key = Key(recording.place, voice, hour_at(recording.start_s, begin_s))
            account.tallies.setdefault(key, Tally()).events += 1
