"""Events by label and hour in memory, so that counts over years take no time.

Only what was added since the last look is read. The hours are whole hours since 1970 in UTC; None is the unknown hour.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from whipbird.page.runs import Runs

__all__ = ["HOUR_S", "Hours", "LabelCounts", "Tallied", "hour_of"]

HOUR_S = 3600
Hours = dict[int | None, int]
"""Numbers of events, by hour."""


@dataclass(frozen=True)
class Tallied:
    """Numbers of events, which are replaced and never changed.

    Attributes
    ----------
    by_label : mapping from str to Hours
    totals : mapping from str to int
        All events of each label.
    last : mapping from str to int
        Hour of the last event of each label, if one has a time.
    first : int or None
        Hour of the first event of all.
    """

    by_label: Mapping[str, Hours] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    last: Mapping[str, int] = field(default_factory=dict)
    first: int | None = None


class LabelCounts:
    """Numbers of events of each label in each hour.

    Attributes
    ----------
    tallied : Tallied
    """

    def __init__(self) -> None:
        self.tallied = Tallied()
        self._first = self._last = 0  # numbers of the first and the last event that were counted
        self._runs: Runs | None = None

    def update(self, connection: sqlite3.Connection, runs: Runs) -> bool:
        """Count what was added; everything again if something was removed. Returns whether anything changed."""
        first, last = connection.execute(
            "SELECT ifnull((SELECT min(id) FROM events), 0), ifnull((SELECT max(id) FROM events), 0)"
        ).fetchone()
        removed = first != self._first or last < self._last
        again = self._runs is not None and self._runs.counted != runs.counted
        if removed or again:
            self.tallied, self._last = Tallied(), 0
        elif last == self._last:
            return False
        self._count(connection, runs, last)
        self._first, self._last, self._runs = first, last, runs
        return True

    def _count(self, connection: sqlite3.Connection, runs: Runs, last: int) -> None:
        # The index of labels and times holds all that is needed to count everything.
        where, values = ("id > ? AND id <= ?", [self._last, last]) if self._last else ("id <= ?", [last])
        special = ",".join(map(str, {*runs.counted, *runs.undated}))
        if special:
            where += f" AND recording_id NOT IN ({special})"
        rows = connection.execute(
            f"SELECT label, substr(time, 1, 13), count(*) FROM events WHERE {where} GROUP BY 1, 2", values
        )
        found = [(label, hour, count) for label, hour, count in rows]
        if special:
            again = connection.execute(
                "SELECT label, substr(time, 1, 13), count(*), recording_id, models.name FROM events "
                f"JOIN models ON models.id = model_id WHERE recording_id IN ({special}) "
                "AND events.id > ? AND events.id <= ? GROUP BY 1, 2, 4, 5",
                (self._last, last),
            )
            found += [
                (label, None if number in runs.undated else hour, count)
                for label, hour, count, number, model in again
                if runs.counts(number, model, label)
            ]
        before = self.tallied
        changed = {label: dict(before.by_label.get(label, {})) for label, _, _ in found}
        totals, last_hours, first = dict(before.totals), dict(before.last), before.first
        for label, hour, count in found:
            key = hour_of(hour)
            changed[label][key] = changed[label].get(key, 0) + count
            totals[label] = totals.get(label, 0) + count
            if key is not None:
                last_hours[label] = max(key, last_hours.get(label, key))
                first = key if first is None else min(first, key)
        self.tallied = Tallied({**before.by_label, **changed}, totals, last_hours, first)


@lru_cache(maxsize=1 << 14)
def hour_of(time: str | None) -> int | None:
    """The hour of a stored time, or of its first 13 characters."""
    if time is None:
        return None
    return int(datetime.fromisoformat(f"{time[:13]}:00").replace(tzinfo=UTC).timestamp()) // HOUR_S
