"""How often phrases err in each room: false wakes an hour, from a database of wakes and the verdicts on them.

Scores of wakes that were right and false show how far apart they are. Near misses, if they were kept, have a database
of their own; those that were judged right are calls that were missed.

Of N wakes in H hours, people judged J and called F of them false. Judged wakes stand for all: the F were found in
H J / N hours, as it were, and have the rate and the Poisson interval of that. Only verdicts on wakes that were drawn at
random count, unless all wakes of a phrase in a room have been judged: people look at false ones first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from whipbird.activity.effort import DAY_H, HOUR_S
from whipbird.activity.heard_recording import Select
from whipbird.activity.selection import Selection
from whipbird.activity.stored import read_activity
from whipbird.activity.tallies import Activity, Tally, total
from whipbird.events.detection import Detection
from whipbird.review.judged_events import JudgedEvents
from whipbird.review.rates import Rate, poisson_rate

__all__ = ["HourOfDay", "RoomPhrase", "by_hour", "read_rooms", "room_of", "spread"]

NUMBER = re.compile(r" \(\d+\)$")  # of streams at the same time, after the name of the room

Place = tuple[str, str, str]  # room, model and label


@dataclass
class HourOfDay:
    """Seconds listened, wakes, and wakes that were judged false, in an hour of the day."""

    heard_s: float = 0.0
    wakes: int = 0
    false: int = 0


@dataclass
class RoomPhrase:
    """A phrase in a room.

    Attributes
    ----------
    room, model, label : str
    heard_s : float
    wakes : int
    judged, false : int
        Wakes with a certain verdict that counts, and those of them that are false.
    near, near_judged, missed : int
        Near misses, those with a certain verdict, and calls among these.
    right_scores, false_scores : list of float
        Of wakes with a certain verdict, in order.
    hours : dict of int to HourOfDay
        By hour of the day, as far as times are known.
    """

    room: str
    model: str
    label: str
    heard_s: float = 0.0
    wakes: int = 0
    judged: int = 0
    false: int = 0
    near: int = 0
    near_judged: int = 0
    missed: int = 0
    right_scores: list[float] = field(default_factory=list)
    false_scores: list[float] = field(default_factory=list)
    hours: dict[int, HourOfDay] = field(default_factory=dict)

    @property
    def false_per_hour(self) -> Rate | None:
        """False wakes per hour; None if nobody has judged any of the wakes, or nothing was listened to."""
        if not self.wakes:
            return poisson_rate(0, self.heard_s / HOUR_S)
        return poisson_rate(self.false, self.heard_s / HOUR_S * self.judged / self.wakes)


def room_of(source: str) -> str:
    """The room of a source: its name without the number."""
    return NUMBER.sub("", source)


def read_rooms(
    path: Path, selection: Selection, notify: Callable[[str], None], near: Path | None = None
) -> list[RoomPhrase]:
    """The phrases in all rooms of a database: live sources, whose number after the name does not count.

    ``near`` is a database of near misses.

    Raises
    ------
    WhipbirdError
        If it cannot be read, or a selected label is not there.
    """
    found: dict[Place, RoomPhrase] = {}
    _add_tallies(found, read_activity(path, _of_live(selection.selector(notify))))
    for place, events in _events(path, selection).items():
        if place in found:
            _add_verdicts(found[place], events)
    for place, events in (
        {} if near is None else _events(near, replace(selection, labels=frozenset(), named={}))
    ).items():
        if place in found:
            _add_near_misses(found[place], events)
    return [found[place] for place in sorted(found)]


def _events(path: Path, selection: Selection) -> dict[Place, list[Detection]]:
    """The events of live sources with the verdicts on them."""
    found: dict[Place, list[Detection]] = {}
    for recording in JudgedEvents(path).recordings(selection):
        if recording.path is None:
            for event in recording.detections:
                found.setdefault((room_of(recording.source), event.model, event.label), []).append(event)
    return found


def _of_live(select: Select) -> Select:
    """A selection without recordings in files."""

    def chosen(recordings: Any, listened: Any, events: Any) -> Any:
        recordings, listened, events = select(recordings, listened, events)
        live = {number: one for number, one in recordings.items() if one.path is None}
        return live, (one for one in listened if one[0] in live), (one for one in events if one.recording in live)

    return chosen


def _add_tallies(found: dict[Place, RoomPhrase], activity: Activity) -> None:
    def add(tallies: Mapping[tuple[Place, int | None], Tally]) -> None:
        for (place, hour), tally in tallies.items():
            phrase = found.setdefault(place, RoomPhrase(*place))
            phrase.heard_s += tally.heard_s
            phrase.wakes += tally.events
            if hour is not None:
                own = phrase.hours.setdefault(hour, HourOfDay())
                own.heard_s += tally.heard_s
                own.wakes += tally.events

    tallies = activity.tallies
    add(total(tallies, lambda key: ((room_of(key.site.source), *key.target), _hour_of_day(key.hour))))


def _hour_of_day(hour: int | None) -> int | None:
    return None if hour is None else hour % DAY_H


def _add_verdicts(phrase: RoomPhrase, events: Iterable[Detection]) -> None:
    judged = [event for event in events if event.verdict is not None]
    if len(judged) < phrase.wakes:
        judged = [event for event in judged if event.verdict is not None and event.verdict.drawn]
    right, false = _certain(judged)
    phrase.judged, phrase.false = len(right) + len(false), len(false)
    phrase.right_scores, phrase.false_scores = (sorted(event.score for event in own) for own in (right, false))
    for hour, count in Counter(event.time.hour for event in false if event.time is not None).items():
        phrase.hours.setdefault(hour, HourOfDay()).false += count


def _add_near_misses(phrase: RoomPhrase, events: Sequence[Detection]) -> None:
    right, false = _certain(events)
    phrase.near, phrase.near_judged, phrase.missed = len(events), len(right) + len(false), len(right)


def _certain(events: Iterable[Detection]) -> tuple[list[Detection], list[Detection]]:
    """Events that were judged right, and those that were judged false."""
    right: list[Detection] = []
    false: list[Detection] = []
    for event in events:
        if event.verdict is not None and event.verdict.right is not None:
            (right if event.verdict.right else false).append(event)
    return right, false


def spread(scores: Sequence[float]) -> tuple[float, ...]:
    """Lowest, middle and highest of scores in order; empty if there are none."""
    return (scores[0], scores[len(scores) // 2], scores[-1]) if scores else ()


def by_hour(phrases: Iterable[RoomPhrase]) -> dict[tuple[str, int], HourOfDay]:
    """Sums over the phrases of each room; the hours listened are those of the phrase with most."""
    found: dict[tuple[str, int], HourOfDay] = {}
    for one in phrases:
        for hour, own in one.hours.items():
            sum_ = found.setdefault((one.room, hour), HourOfDay())
            sum_.heard_s = max(sum_.heard_s, own.heard_s)
            sum_.wakes += own.wakes
            sum_.false += own.false
    return found
