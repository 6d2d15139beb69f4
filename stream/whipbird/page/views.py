"""What the screens of the page show, from a look at the database: days, labels, and single events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from whipbird.database.reader import stored_time
from whipbird.page.counts import HOUR_S
from whipbird.page.effort import Gap, HourEffort, effort_between, gaps_between
from whipbird.page.events import EventFilter, PageEvent
from whipbird.page.observations import Look, Observations

__all__ = [
    "DayView",
    "LabelRow",
    "LabelView",
    "SourceRow",
    "day_view",
    "label_rows",
    "label_view",
    "latest_day",
    "source_rows",
]

DAY_H = 24
BEST = 6  # events of a label with the highest scores


@dataclass(frozen=True)
class LabelRow:
    """A label with its number of events."""

    label: str
    model: str
    events: int
    last: int | None  # hour since 1970 in UTC


@dataclass(frozen=True)
class DayView:
    """Events by label and local hour, beside the seconds heard and lost.

    Attributes
    ----------
    hours : list of HourEffort
        24, by local hour.
    rows : list of (LabelRow, list of int)
        Labels with events, the most frequent first, with the numbers in each local hour.
    before, after : date or None
        The neighbouring days, if there are events on that side.
    """

    day: date
    hours: list[HourEffort]
    rows: list[tuple[LabelRow, list[int]]]
    before: date | None
    after: date | None
    gaps: list[Gap]


@dataclass(frozen=True)
class LabelView:
    """The history of a label.

    Attributes
    ----------
    days : list of (date, int)
        From the first to the last day, those without events included.
    hours : list of int
        Events by local hour of day.
    untimed : int
        Events whose time is not known.
    best : list of PageEvent
        With the highest scores.
    """

    label: str
    model: str
    events: int
    first: date | None
    last: date | None
    days: list[tuple[date, int]]
    hours: list[int]
    untimed: int
    best: list[PageEvent]


@dataclass(frozen=True)
class SourceRow:
    """A source and how much of it was heard."""

    number: int
    station: str
    source: str
    recordings: int
    heard_s: float
    lost_s: float
    below_trigger_s: float
    last: datetime | None


def label_rows(look: Look) -> list[LabelRow]:
    """The labels that have events which were not rejected, the most frequent first."""
    rejected = look.rejected_hours()
    rows = [
        LabelRow(
            label,
            look.runs.models.get(label, ""),
            events - sum(rejected.get(label, {}).values()),
            look.tallied.last.get(label),
        )
        for label, events in look.tallied.totals.items()
    ]
    return sorted((row for row in rows if row.events > 0), key=lambda row: (-row.events, row.label))


def latest_day(look: Look, data: Observations) -> date | None:
    """The local day of the latest event."""
    last = max(look.tallied.last.values(), default=None)
    return None if last is None else _local(data, last).date()


def day_view(look: Look, data: Observations, day: date) -> DayView:
    """What was heard on a day of the page's time zone."""
    first, last = data.start_of(day), data.start_of(day + timedelta(days=1))
    from_hour, to_hour = int(first.timestamp()) // HOUR_S, -(-int(last.timestamp()) // HOUR_S)
    effort = effort_between(look.connection, look.runs, first, last)
    hours = [HourEffort() for _ in range(DAY_H)]
    for hour, own in effort.items():
        local = _local(data, hour)
        if local.date() == day:
            total = hours[local.hour]
            total.heard_s += own.heard_s
            total.lost_s += own.lost_s
            total.below_trigger_s += own.below_trigger_s
    rows = []
    rejected = look.rejected_hours()
    for label, counts in look.tallied.by_label.items():
        own_hours, wrong = [0] * DAY_H, rejected.get(label, {})
        for hour in range(from_hour, to_hour):
            if hour in counts and (local := _local(data, hour)).date() == day:
                own_hours[local.hour] += counts[hour] - wrong.get(hour, 0)
        if any(own_hours):
            rows.append((LabelRow(label, look.runs.models.get(label, ""), sum(own_hours), None), own_hours))
    first_hour, last_hour = look.tallied.first, max(look.tallied.last.values(), default=None)
    before = day - timedelta(days=1) if first_hour is not None and first_hour < from_hour else None
    after = day + timedelta(days=1) if last_hour is not None and last_hour >= to_hour else None
    rows.sort(key=lambda row: (-row[0].events, row[0].label))
    return DayView(day, hours, rows, before, after, gaps_between(look.connection, look.runs, first, last))


def label_view(look: Look, data: Observations, label: str) -> LabelView | None:
    """The history of a label; None if there is no event of it."""
    every = look.tallied.by_label.get(label)
    if every is None:
        return None
    rejected = look.rejected_hours().get(label, {})
    hours = {hour: count - rejected.get(hour, 0) for hour, count in every.items()}
    days: dict[date, int] = {}
    by_hour = [0] * DAY_H
    for hour, count in hours.items():
        if hour is not None and count:
            local = _local(data, hour)
            days[local.date()] = days.get(local.date(), 0) + count
            by_hour[local.hour] += count
    first, last = min(days, default=None), max(days, default=None)
    return LabelView(
        label,
        look.runs.models.get(label, ""),
        sum(hours.values()),
        first,
        last,
        list(_every_day(days, first, last)),
        by_hour,
        hours.get(None, 0),
        _best(look, label),
    )


def _every_day(days: dict[date, int], first: date | None, last: date | None) -> Iterable[tuple[date, int]]:
    day = first
    while day is not None and last is not None and day <= last:
        yield day, days.get(day, 0)
        day += timedelta(days=1)


def _best(look: Look, label: str) -> list[PageEvent]:
    """The events with the highest scores among the latest of a label."""
    page = look.events(EventFilter(label=label), None, 1000)
    return sorted(page.events, key=lambda one: -one.score)[:BEST]


def source_rows(look: Look) -> list[SourceRow]:
    """The sources of a database with what was heard of them, by the recordings that count."""
    skipped = ",".join(str(number) for number, own in look.runs.counted.items() if not own)
    rows = look.connection.execute(
        "SELECT source_id, count(*), sum(max(0, elapsed_s - lost_s - below_trigger_s)), sum(lost_s), "
        f"sum(below_trigger_s), max(start) FROM recordings WHERE id NOT IN ({skipped}) GROUP BY source_id"
    )
    found = [
        SourceRow(
            number,
            *look.runs.sites[number],
            recordings,
            heard_s,
            lost_s,
            below_s,
            None if start is None else stored_time(start),
        )
        for number, recordings, heard_s, lost_s, below_s, start in rows
    ]
    return sorted(found, key=lambda row: (row.station, row.source))


def _local(data: Observations, hour: int) -> datetime:
    return data.local(datetime.fromtimestamp(hour * HOUR_S, UTC))
