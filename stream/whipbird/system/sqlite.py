"""SQLite databases that are written for months: whole transactions, little memory, safe from power failure."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

__all__ = ["error_code", "open_database", "reason", "transaction"]

REASONS = {
    sqlite3.SQLITE_BUSY: "another program is using the database",
    sqlite3.SQLITE_LOCKED: "another program is using the database",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_READONLY: "the database cannot be written to: no permission, or the disk is read-only",
    sqlite3.SQLITE_PERM: "no permission to use the database",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened: no permission, or its folder is gone",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_MISMATCH: "the database is damaged: it holds a value of the wrong kind",
    sqlite3.SQLITE_TOOBIG: "the database is damaged: it holds a value that is too large",
    sqlite3.SQLITE_NOMEM: "there is not enough memory for the database",
}
"""What went wrong, by SQLite's error codes."""

MISSING = re.compile(r"no such (?P<what>table|column): (?P<name>.*)")
CACHE_KIB = 256  # instead of 2 MB: rows are written at the end of the database alone


def open_database(
    path: Path, application_id: int, migrations: Sequence[Sequence[str]], wait_s: float = 0.0, exclusive: bool = False
) -> sqlite3.Connection:
    """Open an existing file, which may be empty, as a database of the current version.

    Transactions are explicit, see `transaction`. Committed rows survive a power failure. The connection may be used on
    any thread, but on one at a time.

    Parameters
    ----------
    path : Path
        Must exist: a missing file may be due to an unmounted folder, so none is created.
    application_id : int
        Distinguishes these databases from those of other programs.
    migrations : sequence of sequences of str
        Statements that turn each version into the next; the first creates all tables. ``PRAGMA user_version`` is the
        number of migrations that were made.
    wait_s : float
        How long to wait for another program that is writing.
    exclusive : bool
        Whether other connections are locked out until this one is closed.

    Raises
    ------
    sqlite3.DatabaseError
        If it is no such database, of a later version, or damaged; `sqlite3.OperationalError` if it cannot be opened.
    """
    # Only a URI can forbid creating the file.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, wait_s, isolation_level=None, check_same_thread=False, uri=True)
    try:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA synchronous = FULL")
        if exclusive:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        if _version(connection, application_id, len(migrations)) < len(migrations):
            connection.execute("PRAGMA journal_mode = WAL")
            _migrate(connection, application_id, migrations)
        connection.execute("PRAGMA foreign_keys = ON")
    except UnicodeDecodeError as error:  # in SQLite's own message, which quotes what is damaged
        connection.close()
        raise sqlite3.DatabaseError("the schema is damaged") from error
    except BaseException:
        connection.close()
        raise
    return connection


def error_code(error: Exception) -> int:
    """SQLite's error code, without the bits that extend it; 0 if it has none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def reason(error: Exception) -> str:
    """What went wrong with a database, for people; also of an `OSError`."""
    if found := MISSING.fullmatch(str(error)):
        return f"the database is damaged: it has no {found['what']} {found['name']!r}"
    return REASONS.get(error_code(error)) or getattr(error, "strerror", None) or str(error)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[Callable[..., sqlite3.Cursor]]:
    """Start a write transaction and commit it at the end, or roll it back if anything is raised. Yields ``execute``.

    Raises
    ------
    sqlite3.Error
        If it cannot be started or committed.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection.execute
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, application_id: int, known: int) -> int:
    """The version of a database; raises DatabaseError if it is of another program or too new."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (own,) = connection.execute("PRAGMA application_id").fetchone()
    if tables and own != application_id:
        raise sqlite3.DatabaseError("is a database of another program")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > known:
        raise sqlite3.DatabaseError(
            f"has version {version}, but this whipbird knows versions up to {known}; use a later whipbird"
        )
    return int(version)


def _migrate(connection: sqlite3.Connection, application_id: int, migrations: Sequence[Sequence[str]]) -> None:
    """Migrate in one transaction, so that the database has either the old version or the new one."""
    with transaction(connection) as execute:
        for statements in migrations[
            _version(connection, application_id, len(migrations)) :
        ]:  # another process may have been first
            for statement in statements:
                execute(statement)
        execute(f"PRAGMA application_id = {application_id}")
        execute(f"PRAGMA user_version = {len(migrations)}")
