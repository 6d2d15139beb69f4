"""Verdicts in a database: written by any thread or process, and found again for the same sound.

A verdict is about a sound: a recording, a label and a time. It therefore also holds for an event that a later run or
another model reports there. The recording is recognised by its content if that is known, and otherwise by its path; the
run of a live source by its name and start. Of several verdicts on a sound, the latest counts.

A scan has no database, and its verdicts are in one that holds nothing else.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from whipbird.database.notes import delete_note, insert_note
from whipbird.database.reader import VerdictRow, open_reader, stored_time
from whipbird.database.schema import connect
from whipbird.database.writer import utc_text
from whipbird.errors import OutputError
from whipbird.events.note import Note
from whipbird.events.sounds import is_same_sound
from whipbird.events.verdict import Answer, Verdict
from whipbird.system.sqlite import reason, transaction
from whipbird.text import as_text

__all__ = ["KnownVerdicts", "VerdictStore", "read_verdicts", "verdict_from", "verdict_on"]

COLUMNS = VerdictRow._fields


class VerdictStore:
    """Writes verdicts and notes; several threads and processes may do so at once.

    Parameters
    ----------
    path : Path
        A database, which is made if it does not exist.

    Raises
    ------
    OutputError
        If it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            path.touch()
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
        self._connection = connect(path)

    def add(self, verdicts: Iterable[Verdict]) -> list[int]:
        """Add verdicts in one transaction; returns their numbers, by which they can be withdrawn.

        Raises
        ------
        OutputError
            If they cannot be written; then none is.
        """
        marks = ", ".join("?" * len(COLUMNS))
        rows = [_row(verdict) for verdict in verdicts]
        with self._lock, _writing(self._path), transaction(self._connection) as execute:
            return [
                execute(f"INSERT INTO verdicts ({', '.join(COLUMNS)}) VALUES ({marks})", row).lastrowid or 0
                for row in rows
            ]

    def withdraw(self, numbers: Iterable[int]) -> None:
        """Remove verdicts that were given by mistake; an earlier one on the same sound counts again.

        Raises
        ------
        OutputError
            If they cannot be removed.
        """
        with self._lock, _writing(self._path), transaction(self._connection) as execute:
            for number in numbers:
                execute("DELETE FROM verdicts WHERE id = ?", (number,))

    def add_note(self, note: Note) -> int:
        """Add a note; returns its number. Raises OutputError if it cannot be written."""
        with self._lock, _writing(self._path), transaction(self._connection) as execute:
            return insert_note(execute, note)

    def delete_note(self, number: int) -> None:
        """Remove a note; raises OutputError if it cannot be removed."""
        with self._lock, _writing(self._path), transaction(self._connection) as execute:
            delete_note(execute, number)

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def read_verdicts(path: Path) -> list[Verdict]:
    """All verdicts in a database, the earliest first; none if it does not exist.

    Raises
    ------
    WhipbirdError
        If it cannot be read.
    """
    if not path.exists():
        return []
    with open_reader(path) as database:
        return list(map(verdict_from, database.verdicts()))


class KnownVerdicts:
    """Verdicts by the recordings and sounds that they are about."""

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        self._of: dict[tuple[str, str | None], list[Verdict]] = {}
        self._paths: dict[str, list[Verdict]] = {}
        for verdict in verdicts:
            if verdict.identity is not None:
                self._of.setdefault((verdict.identity, None), []).append(verdict)
            else:
                self._of.setdefault((verdict.recording, verdict.start), []).append(verdict)
            self._paths.setdefault(verdict.recording, []).append(verdict)

    def __bool__(self) -> bool:
        return bool(self._of)

    @property
    def recordings(self) -> set[str]:
        """Recordings as they were named when they were judged."""
        return set(self._paths)

    def of(self, recording: str, identity: str | None, start: str | None = None) -> Sequence[Verdict]:
        """The verdicts on a recording, the earliest first.

        Parameters
        ----------
        recording : str
            Its path, or name of the live source.
        identity : str or None
            Of its content; if it is not known, that of its path counts.
        start : str or None
            Of a live recording, as text.
        """
        unknown = self._of.get((recording, start), [])
        if identity is not None:
            return [*self._of.get((identity, None), []), *unknown]
        return [one for one in self._paths.get(recording, []) if one.start == start]


def verdict_on(verdicts: Sequence[Verdict], label: str, begin_s: float, end_s: float) -> Verdict | None:
    """The latest verdict on a sound among those on its recording; None if there is none.

    Two sounds are one if they share half of the shorter one.
    """
    same = [one for one in verdicts if one.label == label and is_same_sound(one.begin_s, one.end_s, begin_s, end_s)]
    return max(reversed(same), key=lambda one: one.time, default=None)  # of two at one time, the one stored last


def _row(verdict: Verdict) -> tuple[Any, ...]:
    texts = {"recording": as_text(verdict.recording), "label": as_text(verdict.label), "time": utc_text(verdict.time)}
    row = asdict(verdict) | texts | {"answer": verdict.answer.value, "drawn": int(verdict.drawn)}
    return tuple(row[name] for name in COLUMNS)


def verdict_from(row: VerdictRow) -> Verdict:
    """The verdict in a row of the database."""
    own = row._asdict() | {"answer": Answer(row.answer), "time": stored_time(row.time), "drawn": bool(row.drawn)}
    return Verdict(**own)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise OutputError(f"{path}: {reason(error)}") from error
