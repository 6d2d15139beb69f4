"""SQLite databases that are written for months: whole transactions, little memory, safe from power failure."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

__all__ = [
    "Execute",
    "Migration",
    "error_code",
    "open_database",
    "open_to_read",
    "reason",
    "run_migration",
    "transaction",
]

Execute = Callable[..., sqlite3.Cursor]
Migration = Sequence[str | Callable[[Execute], None]]
"""Statements, and functions that make others, which turn a version of a database into the next."""

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
    path: Path, application_id: int, migrations: Sequence[Migration], wait_s: float = 0.0, exclusive: bool = False
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
    migrations : sequence of Migration
        The first creates all tables. ``PRAGMA user_version`` is the number of migrations that were made.
    wait_s : float
        How long to wait for another program that is writing.
    exclusive : bool
        Whether other connections are locked out until this one is closed.

    Raises
    ------
    sqlite3.DatabaseError
        If it is no such database, of a later version, or damaged; `sqlite3.OperationalError` if it cannot be opened.
    """
    connection = _connect(path, "mode=rw", wait_s)
    with _closed_if_unusable(connection):
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA synchronous = FULL")
        if exclusive:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        if _version(connection, application_id, len(migrations)) < len(migrations):
            connection.execute("PRAGMA journal_mode = WAL")
            _migrate(connection, application_id, migrations)
        connection.execute("PRAGMA foreign_keys = ON")
    return connection


def open_to_read(path: Path, application_id: int, versions: int, wait_s: float = 0.0) -> tuple[sqlite3.Connection, int]:
    """Open a database of any version up to ``versions`` without changing it; returns it with its version.

    Raises
    ------
    sqlite3.DatabaseError
        See `open_database`.
    """
    try:
        return _opened_to_read(path, "mode=ro", application_id, versions, wait_s)
    except sqlite3.OperationalError as error:
        # In a folder that cannot be written to, or on a full disk, SQLite cannot make the files with which others would
        # share it. If there are no changes in them, the database itself holds everything.
        is_shared = getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_IOERR_SHMSIZE
        if (is_shared and error_code(error) != sqlite3.SQLITE_CANTOPEN) or _has_changes(path):
            raise
        return _opened_to_read(path, "mode=ro&immutable=1", application_id, versions, wait_s)


def _has_changes(path: Path) -> bool:
    """Whether some of what a database holds may be beside it."""
    beside = path.with_name(f"{path.name}-wal")
    return beside.exists() and beside.stat().st_size > 0


def _opened_to_read(
    path: Path, options: str, application_id: int, versions: int, wait_s: float
) -> tuple[sqlite3.Connection, int]:
    connection = _connect(path, options, wait_s)
    with _closed_if_unusable(connection):
        version = _version(connection, application_id, versions)
        if not version:
            raise sqlite3.DatabaseError("the database is empty")
    return connection, version


def _connect(path: Path, options: str, wait_s: float) -> sqlite3.Connection:
    # Only a URI can forbid creating the file.
    uri = f"{path.absolute().as_uri()}?{options}"
    return sqlite3.connect(uri, wait_s, isolation_level=None, check_same_thread=False, uri=True)


@contextlib.contextmanager
def _closed_if_unusable(connection: sqlite3.Connection) -> Iterator[None]:
    """Close the connection if anything is raised."""
    try:
        yield
    except UnicodeDecodeError as error:  # in SQLite's own message, which quotes what is damaged
        connection.close()
        raise sqlite3.DatabaseError("the schema is damaged") from error
    except BaseException:
        connection.close()
        raise


def error_code(error: Exception) -> int:
    """SQLite's error code, without the bits that extend it; 0 if it has none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def reason(error: Exception) -> str:
    """What went wrong with a database, for people; also of an `OSError`."""
    if found := MISSING.fullmatch(str(error)):
        return f"the database is damaged: it has no {found['what']} {found['name']!r}"
    return REASONS.get(error_code(error)) or getattr(error, "strerror", None) or str(error)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[Execute]:
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


def run_migration(execute: Execute, migration: Migration) -> None:
    """Execute the statements of a migration."""
    for statement in migration:
        if callable(statement):
            statement(execute)
        else:
            execute(statement)


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


def _migrate(connection: sqlite3.Connection, application_id: int, migrations: Sequence[Migration]) -> None:
    """Migrate in one transaction, so that the database has either the old version or the new one."""
    with transaction(connection) as execute:
        for statements in migrations[
            _version(connection, application_id, len(migrations)) :
        ]:  # another process may have been first
            run_migration(execute, statements)
        execute(f"PRAGMA application_id = {application_id}")
        execute(f"PRAGMA user_version = {len(migrations)}")
