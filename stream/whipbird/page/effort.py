"""Seconds heard and lost by hour, between two times; never a count without them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from whipbird.activity.effort import seconds_by_hour
from whipbird.activity.heard_recording import HeardRecording
from whipbird.activity.stored import stored_recordings
from whipbird.audio.clock import MODIFIED
from whipbird.database.reader import DatabaseReader
from whipbird.database.writer import utc_text
from whipbird.page.runs import Runs

__all__ = ["Gap", "HourEffort", "effort_between", "gaps_between"]

AFTER = timedelta(days=1)  # a recording starts up to this long before its clock says, if the clock was set


@dataclass
class HourEffort:
    """Seconds of an hour."""

    heard_s: float = 0.0
    lost_s: float = 0.0
    below_trigger_s: float = 0.0


@dataclass(frozen=True)
class Gap:
    """Sound that is missing."""

    source: str
    begin: datetime
    seconds: float
    reason: str


def effort_between(
    connection: sqlite3.Connection, runs: Runs, first: datetime, last: datetime, source: int | None = None
) -> dict[int, HourEffort]:
    """Effort in the hours between two times, by hours since 1970 in UTC."""
    found: dict[int, HourEffort] = {}
    low, high = first.timestamp(), last.timestamp()
    for recording in _recordings(connection, runs, first, last, source):
        for kind, spans in (
            ("heard_s", recording.heard),
            ("lost_s", recording.lost),
            ("below_trigger_s", recording.below_trigger),
        ):
            start_s = recording.start_s or 0.0
            within = [
                (max(begin_s, low - start_s), min(end_s, high - start_s))
                for begin_s, end_s in spans
                if begin_s < high - start_s and end_s > low - start_s
            ]
            for hour, seconds in seconds_by_hour(start_s, within).items():
                if hour is not None:
                    effort = found.setdefault(hour, HourEffort())
                    setattr(effort, kind, getattr(effort, kind) + seconds)
    return found


def gaps_between(connection: sqlite3.Connection, runs: Runs, first: datetime, last: datetime) -> list[Gap]:
    """The losses between two times, the latest first."""
    found = []
    for recording in _recordings(connection, runs, first, last, None):
        lost = set(recording.lost)
        for begin_s, end_s, reason in recording.gaps:
            begin = datetime.fromtimestamp((recording.start_s or 0.0) + begin_s, first.tzinfo)
            if (begin_s, end_s) in lost and begin < last and begin + timedelta(seconds=end_s - begin_s) > first:
                found.append(Gap(recording.site.source, begin, end_s - begin_s, reason))
    return sorted(found, key=lambda one: one.begin, reverse=True)


def _recordings(
    connection: sqlite3.Connection, runs: Runs, first: datetime, last: datetime, source: int | None
) -> Iterator[HeardRecording]:
    """The recordings that count between two times; their starts are in UTC."""
    rows = connection.execute(
        "SELECT id FROM recordings WHERE start < ? AND strftime('%s', start) + elapsed_s > ? "
        "AND time_from != ? AND (? IS NULL OR source_id = ?)",
        (utc_text(last + AFTER), (first - AFTER).timestamp(), MODIFIED, source, source),
    )
    numbers = [number for (number,) in rows if number not in runs.counted or runs.counted[number]]
    if not numbers:
        return
    for number, recording in stored_recordings(DatabaseReader(connection), numbers).items():
        if recording.start_s is not None:
            yield _in_utc(recording, runs.by_number[number].utc_offset_s or 0)


def _in_utc(recording: HeardRecording, offset_s: int) -> HeardRecording:
    assert recording.start_s is not None
    return replace(recording, start_s=recording.start_s - offset_s)
