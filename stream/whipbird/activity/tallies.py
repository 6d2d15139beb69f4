"""Tallies of activity: events and seconds of sound, for each label, source and hour.

Seconds are of three kinds: listened (processed), below the trigger of a recorder that left quiet sound out, and lost.

A recording that was processed more than once counts once for each label of a model: the run that got furthest counts,
or the last one of several. Of a model that listens for more labels than `MOST_LABELS`, only those with events have
tallies; how many it listened for is counted.

Seconds whose time of day is not known are in hour None, and so are those of recordings whose time is only guessed from
when their files were written: copying a card would make one hour of many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from whipbird.activity.effort import HOUR_S, hour_at, seconds_by_hour
from whipbird.activity.heard_recording import FARTHEST_S, HeardRecording, ScoredEvent, Site, Target, Targets
from whipbird.audio.clock import MODIFIED
from whipbird.audio.gap import is_lost

__all__ = ["MOST_LABELS", "Activity", "Effort", "GapSpan", "Key", "Tally", "activity_of", "counted_targets", "total"]

T = TypeVar("T", bound=Hashable)
MOST_LABELS = 1000  # of a model, that have a tally even if none was heard


class Key(NamedTuple):
    """A site, a target and an hour (see `whipbird.activity.effort`)."""

    site: Site
    target: Target
    hour: int | None


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
