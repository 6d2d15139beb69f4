"""How often phrases err in each room: false wakes an hour, from a database of wakes and the verdicts on them.

Of N wakes in H hours, people judged J and called F of them false. Judged wakes stand for all: the F were found in
H J / N hours, as it were, and have the rate and the Poisson interval of that. Only verdicts on wakes that were drawn at
random count, unless all wakes of a phrase in a room have been judged: people look at false ones first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whipbird.activity.effort import DAY_H, HOUR_S
from whipbird.activity.heard_recording import Select
from whipbird.activity.selection import Selection
from whipbird.activity.stored import read_activity
from whipbird.activity.tallies import Activity, Tally, total
from whipbird.events.detection import Detection
from whipbird.home.rooms import room_of
from whipbird.review.judged_events import JudgedEvents
from whipbird.review.rates import Rate, poisson_rate
from whipbird.terminal.printing import new_table, rounded

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["HourOfDay", "RoomPhrase", "as_object", "hours_table", "read_rooms", "rooms_table"]

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
    hours: dict[int, HourOfDay] = field(default_factory=dict)

    @property
    def false_per_hour(self) -> Rate | None:
        """False wakes per hour; None if nobody has judged any of the wakes, or nothing was listened to."""
        if not self.wakes:
            return poisson_rate(0, self.heard_s / HOUR_S)
        return poisson_rate(self.false, self.heard_s / HOUR_S * self.judged / self.wakes)


def read_rooms(path: Path, selection: Selection, notify: Callable[[str], None]) -> list[RoomPhrase]:
    """The phrases in all rooms of a database: live sources, whose number after the name does not count.

    Raises
    ------
    WhipbirdError
        If it cannot be read, or a selected label is not there.
    """
    found: dict[Place, RoomPhrase] = {}
    _add_tallies(found, read_activity(path, _of_live(selection.selector(notify))))
    verdicts: dict[Place, list[Detection]] = {}
    for recording in JudgedEvents(path).recordings(selection):
        if recording.path is None:
            for event in recording.detections:
                verdicts.setdefault((room_of(recording.source), event.model, event.label), []).append(event)
    for place, events in verdicts.items():
        if place in found:
            _add_verdicts(found[place], events)
    return [found[place] for place in sorted(found)]


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
    certain = [event for event in judged if event.verdict is not None and event.verdict.right is not None]
    false = [event for event in certain if event.verdict is not None and not event.verdict.right]
    phrase.judged, phrase.false = len(certain), len(false)
    for hour, count in Counter(event.time.hour for event in false if event.time is not None).items():
        phrase.hours.setdefault(hour, HourOfDay()).false += count


def rooms_table(phrases: Iterable[RoomPhrase]) -> Table:
    """A row for each phrase in each room."""
    table = new_table("room", "phrase", "hours", "wakes", "judged", "false", "false an hour (95 %)")
    for one in phrases:
        rate = one.false_per_hour
        table.add_row(
            one.room,
            f"{one.label} ({one.model})",
            f"{one.heard_s / HOUR_S:.2f}",
            f"{one.wakes:,}",
            f"{one.judged:,}",
            f"{one.false:,}",
            "-" if rate is None else f"{rate.per_hour:.3g} ({rate.low:.2g}-{rate.high:.2g})",
        )
    return table


def hours_table(phrases: Iterable[RoomPhrase]) -> Table:
    """A row for each room and hour of the day with wakes, of all phrases."""
    table = new_table("room", "hour of day", "hours", "wakes", "false")
    for (room, hour), own in sorted(_by_hour(phrases).items()):
        if own.wakes:
            seconds = f"{own.heard_s / HOUR_S:.2f}"
            table.add_row(room, f"{hour:02}-{(hour + 1) % DAY_H:02}", seconds, f"{own.wakes:,}", f"{own.false:,}")
    return table


def _by_hour(phrases: Iterable[RoomPhrase]) -> dict[tuple[str, int], HourOfDay]:
    """Sums over the phrases of each room; the hours listened are those of the phrase with most."""
    found: dict[tuple[str, int], HourOfDay] = {}
    for one in phrases:
        for hour, own in one.hours.items():
            sum_ = found.setdefault((one.room, hour), HourOfDay())
            sum_.heard_s = max(sum_.heard_s, own.heard_s)
            sum_.wakes += own.wakes
            sum_.false += own.false
    return found


def as_object(phrases: Iterable[RoomPhrase]) -> dict[str, Any]:
    """All phrases with their hours, for JSON."""
    return {"rooms": [rounded(one) for one in _objects(phrases)]}


def _objects(phrases: Iterable[RoomPhrase]) -> Iterator[dict[str, Any]]:
    for one in phrases:
        rate = one.false_per_hour
        yield {
            "room": one.room,
            "model": one.model,
            "label": one.label,
            "heard_s": one.heard_s,
            "wakes": one.wakes,
            "judged": one.judged,
            "false": one.false,
            "false_per_hour": None if rate is None else [rate.per_hour, rate.low, rate.high],
            "hours": [
                {"hour": hour, "heard_s": own.heard_s, "wakes": own.wakes, "false": own.false}
                for hour, own in sorted(one.hours.items())
            ],
        }
