"""Looking into databases that are being written, or have been."""

import contextlib
import sqlite3
from pathlib import Path


def rows(path, query):
    """What a query finds, as tuples; nothing while the database is still being made."""
    if not Path(path).exists():
        return []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        with contextlib.suppress(sqlite3.OperationalError):
            return connection.execute(query).fetchall()
        return []
