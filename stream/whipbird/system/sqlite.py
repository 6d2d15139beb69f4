"""SQLite databases that are written for months: whole transactions, little memory, safe from loss of power."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

__all__ = ["open_database", "transaction"]

CACHE_KIB = 256  # not the 2 MB that a connection would otherwise take: what is written is at a database's end


def open_database(
    path: Path, application_id: int, migrations: Sequence[Sequence[str]], wait_s: float = 0.0, exclusive: bool = False
) -> sqlite3.Connection:
    """Open an existing file, which may be empty, as a database of the current version.

    Transactions are begun and ended by hand. What was committed is safe from loss of power. The connection may be used
    on another thread, but on one at a time.

    Parameters
    ----------
    path : Path
        No file is made, since one may be missing because a folder was unmounted.
    application_id : int
        Tells these databases from those of other programs.
    migrations : sequence of sequences of str
        Statements that make of each version the next; the first makes all of an empty file. ``PRAGMA user_version`` is
        the number of those that were made.
    wait_s : float
        How long to wait for another program that writes.
    exclusive : bool
        Whether others are kept away until it is closed.

    Raises
    ------
    sqlite3.DatabaseError
        If it is something else, of a later version, or damaged; `sqlite3.OperationalError` if it cannot be opened.
    """
    # As a URI it can be told not to make a file.
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
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[Callable[..., sqlite3.Cursor]]:
    """Begin to write, and commit at the end; whatever is raised in between undoes all of it. Gives ``execute``.

    Raises
    ------
    sqlite3.Error
        If it cannot be begun or committed.
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
    """The version of a database that may be used."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (own,) = connection.execute("PRAGMA application_id").fetchone()
    if tables and own != application_id:
        raise sqlite3.DatabaseError("is a database of another program")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > known:
        raise sqlite3.DatabaseError(
            f"has version {version}, and this whipbird knows versions up to {known}; use a later one"
        )
    return int(version)


def _migrate(connection: sqlite3.Connection, application_id: int, migrations: Sequence[Sequence[str]]) -> None:
    """All in one transaction: a database is of the old version or of the new."""
    with transaction(connection) as execute:
        for statements in migrations[_version(connection, application_id, len(migrations)) :]:  # another was quicker?
            for statement in statements:
                execute(statement)
        execute(f"PRAGMA application_id = {application_id}")
        execute(f"PRAGMA user_version = {len(migrations)}")
