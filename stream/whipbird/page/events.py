"""Pages of events, the newest first, from a database of any size.

The indexes of the database give events by time, or by label and time. What they cannot select by (source, score,
verdict) is looked at in memory, up to `MOST_SCANNED` events for a page: a page that ends before it is full says where
to go on. Events without a time come last.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from whipbird.events.verdict import Answer
from whipbird.page.judged import JudgedEvent
from whipbird.page.runs import Runs

__all__ = [
    "CURSOR",
    "LAST_NUMBER",
    "UNJUDGED",
    "VERDICTS",
    "Cursor",
    "EventFilter",
    "EventPage",
    "PageEvent",
    "event_page",
    "events_by_number",
]

MOST_SCANNED = 12_000
CHUNK = 200  # events that are read at first; later ones read more
LAST_NUMBER = 1 << 62  # below those that SQLite can hold
LARGEST_CHUNK = 8_000
UNJUDGED, ALL = "none", "all"
VERDICTS = (*(answer.value for answer in Answer), UNJUDGED, ALL)
"""What events can be selected by: an answer, none, or all, which includes those that were rejected."""

COLUMNS = (
    "events.id, recording_id, models.name, label, score, time, begin_s, peak_s, end_s, reported_s, begin_sample, "
    "concealed"
)


@dataclass(frozen=True, slots=True)
class PageEvent:
    """An event with its number; other fields as in the table ``events``."""

    number: int
    recording: int
    model: str
    label: str
    score: float
    time: str | None
    begin_s: float
    peak_s: float
    end_s: float
    reported_s: float
    begin_sample: int
    concealed: int


CURSOR = r"((?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,20}Z)?)_([0-9]{1,18})"


class Cursor(NamedTuple):
    """The event after which a page starts; ``time`` is empty for events without one."""

    time: str
    number: int

    @property
    def text(self) -> str:
        return f"{self.time}_{self.number}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor in a text; raises ValueError if there is none."""
        found = re.fullmatch(CURSOR, text)
        if found is None:
            raise ValueError(f"{text!r} is not a cursor")
        return cls(found[1], int(found[2]))


@dataclass(frozen=True)
class EventFilter:
    """Which events are shown.

    Attributes
    ----------
    label : str or None
    source : int or None
        Number of a source.
    since, until : str or None
        In UTC as stored, from the first time on and before the second.
    least_score : float
    verdict : str
        One of `VERDICTS`; empty for all that were not rejected.
    """

    label: str | None = None
    source: int | None = None
    since: str | None = None
    until: str | None = None
    least_score: float = 0.0
    verdict: str = ""


@dataclass(frozen=True)
class EventPage:
    """Some events, and the cursor of the next page; None at the end."""

    events: Sequence[PageEvent]
    next: Cursor | None


class _Row(NamedTuple):
    """What is looked at of each event."""

    number: int
    recording: int
    model: str
    label: str
    score: float
    time: str | None


def event_page(
    connection: sqlite3.Connection,
    runs: Runs,
    judged: Mapping[int, JudgedEvent],
    chosen: EventFilter,
    cursor: Cursor | None,
    count: int,
) -> EventPage:
    """The events after a cursor, or the newest."""

    def is_chosen(row: _Row) -> bool:
        verdict = judged[row.number].verdict if row.number in judged else None
        if chosen.verdict == "":
            fits = verdict is None or verdict.right is not False
        else:
            given = UNJUDGED if verdict is None else verdict.answer.value
            fits = chosen.verdict in (ALL, given)
        return (
            fits
            and row.score >= chosen.least_score
            and (chosen.source is None or runs.by_number[row.recording].source == chosen.source)
            and runs.counts(row.recording, row.model, row.label)
        )

    by_verdict = chosen.verdict not in ("", ALL, UNJUDGED)
    rows = _judged_rows(connection, judged, chosen, cursor) if by_verdict else _rows(connection, chosen, cursor)
    found: list[int] = []
    last: _Row | None = None
    for scanned, row in enumerate(rows):
        if len(found) == count or scanned == MOST_SCANNED:
            assert last is not None
            return EventPage(events_by_number(connection, found), Cursor(last.time or "", last.number))
        if is_chosen(row):
            found.append(row.number)
        last = row
    return EventPage(events_by_number(connection, found), None)


def events_by_number(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[PageEvent]:
    """The events with these numbers, in their order; those that are not there are left out."""
    marks = ",".join(str(int(number)) for number in numbers)
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM events JOIN models ON models.id = model_id WHERE events.id IN ({marks})"
    )
    found = {row[0]: PageEvent(*row) for row in rows}
    return [found[number] for number in numbers if number in found]


def _rows(connection: sqlite3.Connection, chosen: EventFilter, cursor: Cursor | None) -> Iterator[_Row]:
    """Events in the order of pages, in chunks: those with a time, then those without."""
    if cursor is None or cursor.time:
        yield from _chunks(connection, chosen, cursor)
    if chosen.since is None and chosen.until is None:
        after = cursor.number if cursor is not None and not cursor.time else None
        yield from _untimed(connection, chosen, after)


def _chunks(connection: sqlite3.Connection, chosen: EventFilter, cursor: Cursor | None) -> Iterator[_Row]:
    size = CHUNK
    while True:
        where, values = _where(chosen)
        if cursor is not None:
            where.append("(time, events.id) < (?, ?)")
            values += cursor
        where.append("time IS NOT NULL")
        rows = _read(connection, where, values, "time DESC, events.id DESC", size)
        yield from rows
        if len(rows) < size:
            return
        cursor = Cursor(rows[-1].time or "", rows[-1].number)
        size = min(2 * size, LARGEST_CHUNK)


def _untimed(connection: sqlite3.Connection, chosen: EventFilter, after: int | None) -> Iterator[_Row]:
    where, values = _where(chosen)
    where.append("time IS NULL")
    while True:
        more = [*where, "events.id < ?"] if after is not None else where
        rows = _read(connection, more, [*values, after] if after is not None else values, "events.id DESC", 1000)
        yield from rows
        if len(rows) < 1000:
            return
        after = rows[-1].number


def _where(chosen: EventFilter) -> tuple[list[str], list[Any]]:
    given = {"label = ?": chosen.label, "time >= ?": chosen.since, "time < ?": chosen.until}
    return [one for one, value in given.items() if value is not None], [
        value for value in given.values() if value is not None
    ]


def _read(
    connection: sqlite3.Connection, where: Iterable[str], values: Sequence[Any], order: str, count: int
) -> list[_Row]:
    rows = connection.execute(
        "SELECT events.id, recording_id, models.name, label, score, time FROM events "
        f"CROSS JOIN models ON models.id = model_id WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {int(count)}",
        values,
    )
    return list(map(_Row._make, rows))


def _judged_rows(
    connection: sqlite3.Connection, judged: Mapping[int, JudgedEvent], chosen: EventFilter, cursor: Cursor | None
) -> Iterator[_Row]:
    """Events with the chosen answer, in the order of pages."""
    numbers = ",".join(str(one) for one, own in judged.items() if own.verdict.answer.value == chosen.verdict)
    where, values = _where(chosen)
    where.append(f"events.id IN ({numbers})")
    rows = _read(connection, where, values, "time IS NULL, time DESC, events.id DESC", max(1, len(judged)))
    for row in rows:
        if cursor is None or (row.time or "", row.number) < cursor:
            yield row
