"""A file in which messages wait until they are delivered: an SQLite database that one process uses at a time.

SQLite does the hard parts: a transaction is complete or absent, even after a kill or a power failure (each is flushed
to the disk); a torn end of the journal is ignored; and a lock, which the system releases when a process is killed,
keeps other processes out.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from whipbird.errors import OutputError
from whipbird.sinks.messages.message import Message
from whipbird.system.sqlite import error_code, open_database, reason, transaction
from whipbird.system.state_folder import make_private

__all__ = ["InUse", "SpoolFile"]

APPLICATION_ID = 0x57425350  # "WBSP"
SMALL_PAGES = 250  # 1 MB: an empty file that is larger is shrunk
LAST = (1 << 63) - 1  # no number is higher

VERSION_1 = (
    "CREATE TABLE messages (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, "
    "body BLOB NOT NULL)",
    # together: number of the last message of the batch that was read last
    "CREATE TABLE state (together INTEGER NOT NULL, mark TEXT)",
    "INSERT INTO state VALUES (0, NULL)",
)


class InUse(OutputError):
    """Another process, or another part of this one, uses the file."""


class SpoolFile:
    """An open spool on disk, for use on one thread at a time.

    Parameters
    ----------
    path : Path
        Created if missing, with its folder. A damaged file, or a file of another kind, is renamed and replaced.

    Attributes
    ----------
    damaged : Path or None
        New path of a file that could not be used.
    count, size : int
        Number of messages, and the total size of their bodies in bytes.
    mark : str or None
        The last mark that was given to `add`.

    Raises
    ------
    InUse
    OutputError
        If the file cannot be opened; all methods raise this error if they fail.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: Path | None = None
        self.mark: str | None = None
        self._together = 0
        with self._errors():
            make_private(path.parent)
            try:
                self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):  # such as a full disk
                    raise
                self.damaged = _set_aside(path)
                self._open()

    def add(self, messages: Sequence[Message], mark: str | None = None) -> list[int]:
        """Add messages, all or none, and return their numbers, which increase."""
        with self._errors(), transaction(self._connection) as execute:
            numbers = [
                execute(
                    "INSERT INTO messages (kind, id, body) VALUES (?, ?, ?)", (message.kind, message.id, message.body)
                ).lastrowid
                or 0
                for message in messages
            ]
            if mark is not None:
                execute("UPDATE state SET mark = ?", (mark,))
        self.count += len(messages)
        self.size += sum(len(message.body) for message in messages)
        self.mark = mark or self.mark
        return numbers

    def read(self, after: int, most: int) -> list[tuple[int, Message]]:
        """Read the next messages after a number, in order, up to ``most``.

        The batch that was read last is read as the same batch again, also by the next process after a kill.
        """
        with self._errors():
            if not (rows := self._select(after, self._together, -1)):
                rows = self._select(after, LAST, most)
                if len(rows) > 1:
                    self._together = rows[-1][0]
                    with contextlib.suppress(sqlite3.Error), transaction(self._connection) as execute:
                        execute("UPDATE state SET together = ?", (self._together,))
        return rows

    def remove(self, until: int, but: Collection[int] = ()) -> None:
        """Remove the messages up to a number, except those with the numbers in ``but``."""
        selected = f"FROM messages WHERE number <= ? AND number NOT IN ({','.join('?' * len(but))})"
        with self._errors(), transaction(self._connection) as execute:
            count, size = execute(f"SELECT count(*), ifnull(sum(length(body)), 0) {selected}", (until, *but)).fetchone()
            execute(f"DELETE {selected}", (until, *but))
        self.count -= count
        self.size -= size
        if not self.count:
            self._shrink()

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _select(self, after: int, until: int, most: int) -> list[tuple[int, Message]]:
        rows = self._connection.execute(
            "SELECT number, kind, id, body FROM messages WHERE number > ? AND number <= ? ORDER BY number LIMIT ?",
            (after, until, most),
        )
        return [(number, Message(kind, id_, body)) for number, kind, id_, body in rows]

    def _open(self) -> None:
        self.path.touch()
        self._connection = open_database(self.path, APPLICATION_ID, (VERSION_1,), exclusive=True)
        execute = self._connection.execute
        try:
            (found,) = execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(found)
            self.count, self.size = execute("SELECT count(*), ifnull(sum(length(body)), 0) FROM messages").fetchone()
            state = execute("SELECT together, mark FROM state").fetchone()
            if state is None:
                raise sqlite3.DatabaseError("its state is gone")
            self._together, self.mark = state
        except BaseException:
            self._connection.close()
            raise

    def _shrink(self) -> None:
        """Free the room on the disk that an outage took."""
        with contextlib.suppress(sqlite3.Error):
            (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
            if pages > SMALL_PAGES:
                self._connection.execute("VACUUM")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            text = f"{self.path}: {reason(error)}"
            if error_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise InUse(text) from error
            raise OutputError(text) from error


def _set_aside(path: Path) -> Path:
    """Rename a file and its journal, because an old journal would damage a new file of the same name."""
    name = f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    for ending in ("-wal", "-journal", ""):
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{ending}", path.with_name(name + ending))
    return path.with_name(name)
