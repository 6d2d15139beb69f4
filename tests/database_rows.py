"""What is in a database, for tests."""

import contextlib
import sqlite3


def rows(path, query):
    """The rows that a query finds, as tuples."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()
