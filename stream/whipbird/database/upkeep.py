"""Upkeep of a database for years: a copy while it is written to, removal of what is old, and a check."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from whipbird.database.reader import open_reader
from whipbird.database.schema import connect, connect_to_read
from whipbird.errors import OutputError
from whipbird.system.sqlite import Execute, reason, transaction
from whipbird.system.whole_file import check_file_path, partial_name

__all__ = ["Contents", "check", "copy", "old_contents", "prune"]

COPIED_PAGES = 1000  # between two reports of progress
MOST_FAULTS = 20
# Seconds since 1970 of the end of a recording; a recording without a start is as old as its processing.
END_S = "(julianday(coalesce(start, opened)) - 2440587.5) * 86400 + elapsed_s"
OLD = f"SELECT id FROM recordings WHERE {END_S} < ?"
OF_RECORDINGS = ("events", "gaps", "heartbeats", "listened")


@dataclass(frozen=True)
class Contents:
    """What a database holds, or a part of it; seconds are those that were processed."""

    recordings: int
    events: int
    heard_s: float
    first: str | None
    last: str | None


@contextlib.contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Turn errors of the database into errors for people."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise OutputError(f"{path}: {reason(error)}") from error


def copy(database: Path, target: Path, progress: Callable[[int, int], None] = lambda done, all_: None) -> None:
    """Copy a database whole, as it was at one moment; other programs may write to it meanwhile.

    Parameters
    ----------
    database, target : Path
        The target is replaced once the copy is complete.
    progress : callable
        Gets the pages that are copied, and all pages.

    Raises
    ------
    WhipbirdError
        If either cannot be used.
    """
    with open_reader(database):
        pass  # it is a database of whipbird
    if target.exists() and target.resolve() == database.resolve():
        raise OutputError(f"{target}: is the database itself; choose another name for the copy")
    check_file_path(target)
    partial = target.with_name(partial_name(target.name))
    try:
        with (
            _refusals(target),
            contextlib.closing(connect_to_read(database)) as source,
            contextlib.closing(sqlite3.connect(partial)) as made,
        ):
            source.backup(made, pages=COPIED_PAGES, progress=lambda _, rest, all_: progress(all_ - rest, all_))
        partial.replace(target)
    finally:
        for path in (partial, partial.with_name(f"{partial.name}-journal")):
            path.unlink(missing_ok=True)


def old_contents(database: Path, before: datetime) -> tuple[Contents, Contents]:
    """The recordings that ended before a time, and all others."""
    with open_reader(database), _refusals(database), contextlib.closing(connect_to_read(database)) as connection:
        old, kept = (
            _contents(connection.execute, f"{sign} (SELECT id FROM recordings WHERE {END_S} < ?)", before)
            for sign in ("IN", "NOT IN")
        )
    return old, kept


def _contents(execute: Execute, which: str, before: datetime) -> Contents:
    moment = before.timestamp()
    recordings, heard_s, first, last = execute(
        "SELECT count(*), coalesce(sum(elapsed_s - lost_s - below_trigger_s), 0), min(coalesce(start, opened)), "
        f"max(coalesce(start, opened)) FROM recordings WHERE id {which}",
        (moment,),
    ).fetchone()
    (events,) = execute(f"SELECT count(*) FROM events WHERE recording_id {which}", (moment,)).fetchone()
    return Contents(recordings, events, heard_s, first, last)


def prune(database: Path, before: datetime) -> int:
    """Remove the recordings that ended before a time, with their events, and return their number.

    A recording that goes on after that stays whole, because counts without the hours listened mean nothing.

    Raises
    ------
    WhipbirdError
        If the database cannot be used, or another program keeps writing to it; nothing has changed then.
    """
    with open_reader(database):
        pass
    with _refusals(database), contextlib.closing(connect(database)) as connection, transaction(connection) as execute:
        execute("CREATE TEMP TABLE old AS " + OLD, (before.timestamp(),))
        for table in OF_RECORDINGS:
            execute(f"DELETE FROM {table} WHERE recording_id IN (SELECT id FROM old)")
        return execute("DELETE FROM recordings WHERE id IN (SELECT id FROM old)").rowcount


def check(database: Path) -> tuple[Contents, list[str]]:
    """What a database holds, and what is wrong with it.

    Raises
    ------
    WhipbirdError
        If it cannot be read at all.
    """
    with open_reader(database), _refusals(database), contextlib.closing(connect_to_read(database)) as connection:
        execute = connection.execute
        faults = [
            str(text) for (text,) in execute(f"PRAGMA main.integrity_check({MOST_FAULTS})").fetchall() if text != "ok"
        ]
        for table, row, other, _ in execute("PRAGMA main.foreign_key_check").fetchmany(MOST_FAULTS):
            faults.append(f"row {row} of {table} refers to a row of {other} that is not there")
        if faults:
            return Contents(0, 0, 0.0, None, None), faults
        return _contents(execute, "NOT IN (SELECT id FROM recordings WHERE 0 * ?)", datetime.now(UTC)), faults
