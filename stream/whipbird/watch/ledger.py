"""The ledger: which recordings were processed, with which models and outputs, and which reports are still unwritten.

A recording is identified by its path, size and modification time; models and their settings by a fingerprint (column
``ear``). One transaction stores the reports of a recording and marks it as processed. The reports are then written to
one output after the other, and stay in the ledger until every output has them. After a kill or a power failure, a
recording is therefore either unprocessed, and no output holds any of it, or processed, and its reports are still
written to the outputs that lack them. See `whipbird.watch.delivery`.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path

from whipbird.errors import OutputError, WhipbirdError
from whipbird.events.reports import Report
from whipbird.recordings.files import Version
from whipbird.system.sqlite import error_code, open_database, reason, transaction
from whipbird.system.state_folder import make_private, user_state_folder
from whipbird.text import as_text
from whipbird.watch.stored_reports import restore, store

__all__ = ["Ledger", "Status", "Unwritten", "default_ledger", "is_file", "output_key"]

APPLICATION_ID = 0x57424C45  # "WBLE"
BUSY_S = 10.0
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH)
LAST_NS = 2**63 - 1  # SQLite holds no larger numbers; files may be from after 2262

VERSION_1 = (
    "CREATE TABLE recordings (id INTEGER PRIMARY KEY, path TEXT NOT NULL, size INTEGER NOT NULL, "
    "modified_ns INTEGER NOT NULL, UNIQUE (path, size, modified_ns))",
    # error: why the recording could not be read to its end; reports: its reports until all outputs have them
    "CREATE TABLE hearings (id INTEGER PRIMARY KEY, recording_id INTEGER NOT NULL REFERENCES recordings (id), "
    "ear TEXT NOT NULL, time TEXT NOT NULL, error TEXT, reports TEXT)",
    "CREATE TABLE outputs (hearing_id INTEGER NOT NULL REFERENCES hearings (id) ON DELETE CASCADE, path TEXT NOT NULL, "
    "written INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (hearing_id, path)) WITHOUT ROWID",
    "CREATE INDEX hearings_by_recording ON hearings (recording_id)",
    "CREATE INDEX unwritten ON hearings (id) WHERE reports IS NOT NULL",
    "CREATE INDEX outputs_by_path ON outputs (path)",
)
VERSION_2 = ("CREATE TABLE listeners (digest TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",)


class Status(Enum):
    """Status of a recording in the ledger."""

    NEW = auto()
    PROCESSED = auto()  # with this fingerprint, into these outputs
    PROCESSED_OTHERWISE = auto()  # with another fingerprint, or into other outputs
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Unwritten:
    """The reports of a recording, and the outputs that lack them; no reports if they cannot be read."""

    hearing_id: int
    outputs: tuple[str, ...]
    reports: list[Report] | None
    recording: str


def default_ledger() -> Path:
    """Return the default path of the ledger; on Linux ``$XDG_STATE_HOME/whipbird/heard.sqlite``."""
    return user_state_folder("the ledger", "give one with --ledger FILE") / "heard.sqlite"


def output_key(path: str | Path) -> str:
    """Return the key of a file output in the ledger."""
    return as_text(os.path.realpath(path))


def is_file(key: str) -> bool:
    """Whether a key is that of a file output."""
    return os.path.isabs(key)


class Ledger:
    """An open ledger, created if missing, for one thread. It forgets what a file output held that is now gone or empty.

    Parameters
    ----------
    outputs : collection of str
        Keys of the outputs; see `output_key`.

    Raises
    ------
    OutputError
        If the file cannot be opened, or is not a ledger; any other WhipbirdError if it is damaged.
    """

    def __init__(self, path: Path, fingerprint: str, outputs: Collection[str] = ()) -> None:
        self.path = path
        self._fingerprint = fingerprint
        self._outputs = list(outputs)
        with self._errors():
            make_private(path.parent)
            path.touch()
            self._connection = open_database(path, APPLICATION_ID, (VERSION_1, VERSION_2), BUSY_S)
        for key in self._outputs:
            if is_file(key) and not (os.path.exists(key) and os.path.getsize(key)):
                with self._transaction() as execute:
                    execute("DELETE FROM outputs WHERE path = ? AND written", (key,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def status(self, version: Version) -> Status:
        """Return the status of a recording."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT ear, error, outputs.path FROM recordings JOIN hearings ON recording_id = recordings.id "
                "LEFT JOIN outputs ON hearing_id = hearings.id "
                "WHERE recordings.path = ? AND size = ? AND modified_ns = ?",
                _key(version),
            ).fetchall()
        if any(error is not None for _, error, _ in rows):
            return Status.FAILED
        if not rows:
            return Status.NEW
        # Holds only None if there were no outputs.
        own = {output for fingerprint, _, output in rows if fingerprint == self._fingerprint}
        return Status.PROCESSED if own and own.issuperset(self._outputs) else Status.PROCESSED_OTHERWISE

    @property
    def has_outputs(self) -> bool:
        """Whether there are any outputs."""
        return bool(self._outputs)

    def record(self, version: Version, reports: Sequence[Report], error: str | None = None) -> Unwritten:
        """Record that a recording was processed, and store the reports for the outputs that lack them.

        Without reports, nothing is written to outputs. ``error`` says why the recording could not be read to its end.
        """
        with self._transaction() as execute:
            key = _key(version)
            execute("INSERT OR IGNORE INTO recordings (path, size, modified_ns) VALUES (?, ?, ?)", key)
            (recording_id,) = execute(
                "SELECT id FROM recordings WHERE path = ? AND size = ? AND modified_ns = ?", key
            ).fetchone()
            execute(
                "DELETE FROM hearings WHERE recording_id = ? AND error IS NOT NULL AND reports IS NULL", (recording_id,)
            )
            execute("UPDATE hearings SET error = NULL WHERE recording_id = ?", (recording_id,))
            holding = execute(
                "SELECT outputs.path FROM hearings JOIN outputs ON hearing_id = hearings.id "
                "WHERE recording_id = ? AND ear = ?",
                (recording_id, self._fingerprint),
            ).fetchall()
            lacking = tuple(output for output in self._outputs if reports and (output,) not in holding)
            text, listeners = store(reports) if lacking else (None, {})
            for own in listeners.items():
                execute("INSERT OR IGNORE INTO listeners (digest, content) VALUES (?, ?)", own)
            hearing_id = execute(
                "INSERT INTO hearings (recording_id, ear, time, error, reports) VALUES (?, ?, ?, ?, ?)",
                (
                    recording_id,
                    self._fingerprint,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    None if error is None else as_text(error),
                    text,
                ),
            ).lastrowid
            assert hearing_id is not None
            for output in lacking:
                execute("INSERT INTO outputs (hearing_id, path) VALUES (?, ?)", (hearing_id, output))
        return Unwritten(hearing_id, lacking, list(reports), version.path)

    def mark_written(self, hearing_id: int, output: str) -> None:
        """Note that an output holds the reports."""
        with self._transaction() as execute:
            execute("UPDATE outputs SET written = 1 WHERE hearing_id = ? AND path = ?", (hearing_id, output))
            execute(
                "UPDATE hearings SET reports = NULL WHERE id = ? "
                "AND NOT EXISTS (SELECT 1 FROM outputs WHERE hearing_id = hearings.id AND NOT written)",
                (hearing_id,),
            )

    def forget(self, hearing_id: int) -> None:
        """Forget unwritten reports: the recording lacks them in these outputs, and is processed again for them."""
        with self._transaction() as execute:
            execute("DELETE FROM outputs WHERE hearing_id = ? AND NOT written", (hearing_id,))
            execute("UPDATE hearings SET reports = NULL WHERE id = ?", (hearing_id,))
            execute(
                "DELETE FROM hearings WHERE id = ? "
                "AND NOT EXISTS (SELECT 1 FROM outputs WHERE hearing_id = hearings.id)",
                (hearing_id,),
            )

    def unwritten(self) -> Iterator[Unwritten]:
        """Yield the unwritten reports of earlier processes, in the order in which the recordings were processed."""
        with self._errors():
            hearings = self._connection.execute(
                "SELECT id FROM hearings WHERE reports IS NOT NULL ORDER BY id"
            ).fetchall()
            listeners = dict(self._connection.execute("SELECT digest, content FROM listeners") if hearings else ())
        for (hearing_id,) in hearings:
            with self._errors():
                recording, stored = self._connection.execute(
                    "SELECT path, reports FROM hearings JOIN recordings ON recordings.id = recording_id "
                    "WHERE hearings.id = ?",
                    (hearing_id,),
                ).fetchone() or (f"recording {hearing_id}", "")
                outputs = self._connection.execute(
                    "SELECT path FROM outputs WHERE hearing_id = ? AND NOT written", (hearing_id,)
                ).fetchall()
            reports: list[Report] | None = None
            with contextlib.suppress(Exception):  # whatever damaged text, or that of another version, leads to
                reports = restore(stored, listeners)
            yield Unwritten(hearing_id, tuple(str(path) for (path,) in outputs), reports, recording)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            text = f"ledger {self.path}: {reason(error)}"
            if error_code(error) in DAMAGE:
                raise WhipbirdError(f"{text}; move it away to start with a new one") from error
            raise OutputError(text) from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        with self._errors(), transaction(self._connection) as execute:
            yield execute


def _key(version: Version) -> tuple[str, int, int]:
    return as_text(version.path), version.size, min(version.modified_ns, LAST_NS)
