"""SQLite databases that are written for months: whole transactions, little memory."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator

__all__ = ["keep_little", "transaction"]

CACHE_KIB = 256


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


def keep_little(connection: sqlite3.Connection) -> None:
    """Let a connection hold few pages in memory, not the 2 MB that it would otherwise grow to with its database.

    What is written is at a database's end; the system holds what else is read.
    """
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
