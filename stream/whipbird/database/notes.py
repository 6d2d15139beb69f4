"""Notes in a database: what people wrote about sounds, and which clips they deleted.

Like a verdict (`whipbird.database.verdicts`), a note is about a sound and not about a row: it also holds for an event
that a later run reports there.
"""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from typing import Any

from whipbird.database.reader import stored_time
from whipbird.database.writer import utc_text
from whipbird.events.note import Note, NoteKind
from whipbird.events.sounds import is_same_sound
from whipbird.system.sqlite import Execute
from whipbird.text import as_text

__all__ = ["delete_note", "insert_note", "notes_on"]

COLUMNS = ("recording", "identity", "start", "label", "begin_s", "end_s", "kind", "text", "author", "time")


def insert_note(execute: Execute, note: Note) -> int:
    """Add a note; returns its number."""
    texts = {name: as_text(getattr(note, name)) for name in ("recording", "label", "text")}
    row = asdict(note) | texts | {"time": utc_text(note.time), "kind": note.kind.value}
    marks = ", ".join("?" * len(COLUMNS))
    values = [row[name] for name in COLUMNS]
    return execute(f"INSERT INTO notes ({', '.join(COLUMNS)}) VALUES ({marks})", values).lastrowid or 0


def delete_note(execute: Execute, number: int) -> None:
    """Remove a note; that a clip was deleted stays."""
    execute("DELETE FROM notes WHERE id = ? AND kind = ?", (number, NoteKind.TEXT.value))


def notes_on(
    connection: sqlite3.Connection,
    recording: str,
    identity: str | None,
    start: str | None,
    label: str,
    begin_s: float,
    end_s: float,
) -> dict[int, Note]:
    """Notes on a sound by their numbers, the earliest first; parameters as in `KnownVerdicts.of` and `verdict_on`."""
    rows = connection.execute(
        f"SELECT id, {', '.join(COLUMNS)} FROM notes WHERE label = ? AND (identity = ? OR "
        "(recording = ? AND start IS ? AND (identity IS NULL OR ? IS NULL))) ORDER BY time, id",
        (label, identity, recording, start, identity),
    )
    found = {number: _note(row) for number, *row in rows}
    return {number: one for number, one in found.items() if is_same_sound(one.begin_s, one.end_s, begin_s, end_s)}


def _note(row: list[Any]) -> Note:
    values = dict(zip(COLUMNS, row, strict=True))
    return Note(**values | {"time": stored_time(values["time"]), "kind": NoteKind(values["kind"])})
