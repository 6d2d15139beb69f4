"""Which events have verdicts: the verdicts of a database by the numbers of the events that they are about.

A verdict names a recording, a label and a time (`whipbird.database.verdicts`); its event is found once and kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from whipbird.database.reader import VerdictRow, stored_time
from whipbird.database.verdicts import verdict_from, verdict_on
from whipbird.database.writer import utc_text
from whipbird.events.verdict import Verdict
from whipbird.page.runs import RunInfo, Runs

__all__ = ["JudgedEvent", "JudgedIndex"]

NEAR = timedelta(minutes=2)  # between the start of a recording plus a verdict's time, and the time of its event


@dataclass(frozen=True, slots=True)
class JudgedEvent:
    """An event that has a verdict.

    Attributes
    ----------
    verdict : Verdict
        The latest.
    label : str
    time : str or None
        Of the event, as stored; None also if it is only a guess.
    counts : bool
        Whether the event counts, see `Runs`.
    """

    verdict: Verdict
    label: str
    time: str | None
    counts: bool


class JudgedIndex:
    """The verdicts of a database, or of the file beside a scan, by event.

    Attributes
    ----------
    by_event : mapping from int to JudgedEvent
    """

    def __init__(self) -> None:
        self.by_event: Mapping[int, JudgedEvent] = {}
        self._state: tuple[object, ...] = ()

    def update(self, verdicts: sqlite3.Connection | None, events: sqlite3.Connection, runs: Runs) -> bool:
        """Follow the databases of verdicts and of events; returns whether anything changed."""
        if verdicts is None:
            return False
        row = verdicts.execute("SELECT count(*), max(id), sum(drawn) FROM verdicts").fetchone()
        state = (*row, runs.version)
        if state == self._state:
            return False
        self.by_event = _find(verdicts, events, runs)
        self._state = state
        return True

    def rejected(self) -> frozenset[int]:
        """Numbers of the events whose label is wrong."""
        return frozenset(number for number, one in self.by_event.items() if one.verdict.right is False)


def _find(verdicts: sqlite3.Connection, events: sqlite3.Connection, runs: Runs) -> dict[int, JudgedEvent]:
    by_name: dict[object, list[RunInfo]] = {}
    for run in runs.by_number.values():
        by_name.setdefault(run.identity or _key(runs.source_name(run.number), run), []).append(run)
        if run.identity is not None:
            by_name.setdefault(_key(runs.source_name(run.number), run), []).append(run)
    own: dict[tuple[int, str], list[Verdict]] = {}
    for row in verdicts.execute(f"SELECT {', '.join(VerdictRow._fields)} FROM verdicts ORDER BY time, id"):
        verdict = verdict_from(VerdictRow._make(row))
        found = by_name.get(verdict.identity) if verdict.identity else None
        named = by_name.get((verdict.recording, verdict.start), ())
        for run in found or [one for one in named if verdict.identity is None or one.identity is None]:
            own.setdefault((run.number, verdict.label), []).append(verdict)
    result = {}
    for (number, label), given in own.items():
        for row in _events(events, runs.by_number[number], label, given):
            event, begin_s, end_s, time, model = row
            latest = verdict_on(given, label, begin_s, end_s)
            if latest is not None:
                known = None if number in runs.undated else time
                result[event] = JudgedEvent(latest, label, known, runs.counts(number, model, label))
    return result


def _key(source: str, run: RunInfo) -> tuple[str, str | None]:
    return source, run.live_start


def _events(
    events: sqlite3.Connection, run: RunInfo, label: str, verdicts: Iterable[Verdict]
) -> list[tuple[int, float, float, str | None, str]]:
    """The events of a label in a recording near its verdicts."""
    columns = "SELECT events.id, begin_s, end_s, time, models.name FROM events JOIN models ON models.id = model_id "
    if run.start is None:
        rows = events.execute(f"{columns} WHERE recording_id = ? AND label = ?", (run.number, label))
        return list(rows)
    start = stored_time(run.start)
    spans = [
        [utc_text(start + timedelta(seconds=one.begin_s) - NEAR), utc_text(start + timedelta(seconds=one.end_s) + NEAR)]
        for one in verdicts
    ]
    rows = events.execute(
        "WITH spans AS MATERIALIZED (SELECT json_extract(value, '$[0]') AS first, json_extract(value, '$[1]') AS last "
        "FROM json_each(?)) "
        f"{columns.replace('SELECT', 'SELECT DISTINCT')} JOIN spans ON time BETWEEN first AND last "
        "WHERE label = ? AND recording_id = ?",
        (json.dumps(spans), label, run.number),
    )
    return list(rows)
