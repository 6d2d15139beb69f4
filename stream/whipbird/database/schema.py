"""The tables of the database, and the migration of databases of earlier versions.

Times of day are text in UTC, ``2024-05-01T04:00:12.345678Z``, which sorts; seconds count from the start of the
recording. ``elapsed_s - lost_s - below_trigger_s`` seconds of a recording have been processed, all but its gaps: what
was lost, and what a triggered recorder left out (the gaps of the reason ``below trigger``).

- ``stations``: computers (or sites) that listen.
- ``sources``: their sources of sound: a microphone, a feed, a folder of recordings.
- ``recordings``: one uninterrupted run of a live source, or a sound file. A file that is processed again is another row
  with the same ``fingerprint``. ``finished`` is 0 during processing, and after it was interrupted.
- ``models``, ``label_lists`` and ``listed_labels``: the labels with which a model listened. A list that is used again,
  by whatever recordings, is stored once; ``digest`` is the hash of its labels.
- ``listened``: the lists that were listened for in a recording, so that the absence of events can be interpreted.
- ``events``, ``gaps``. An event is ``concealed`` (1) if some of its sound was lost and filled in.
- ``heartbeats``: the seconds that had been processed, lost and left out at some time.
- ``verdicts``: what people said of sounds, see `whipbird.database.verdicts`. A verdict names the recording, the label
  and the time, and no row of another table, so that it is kept when a recording is processed again.
- ``notes``: what people wrote about sounds, and that they deleted a clip, kept in the same way.

A new version of the schema is one more entry in `MIGRATIONS`. Databases of earlier versions are migrated when they are
written to, and read as they are, with `STAND_INS` for what has been added since.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from functools import partial
from itertools import groupby
from pathlib import Path

from whipbird.errors import OutputError
from whipbird.system.sqlite import Execute, Migration, open_database, open_to_read, reason, run_migration

__all__ = ["APPLICATION_ID", "MIGRATIONS", "connect", "connect_to_read", "insert_listened", "labels_digest"]

APPLICATION_ID = 0x57424952  # "WBIR": distinguishes whipbird's databases from those of other programs
BUSY_S = 2.0  # wait for another program that is writing to the database

VERSION_1 = (
    "CREATE TABLE stations (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY,
        station_id INTEGER NOT NULL REFERENCES stations (id),
        name TEXT NOT NULL,
        UNIQUE (station_id, name)
    )
    """,
    """
    CREATE TABLE recordings (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES sources (id),
        path TEXT,
        fingerprint TEXT,
        opened TEXT NOT NULL,
        start TEXT,
        utc_offset_s INTEGER,
        time_from TEXT NOT NULL DEFAULT 'none',
        rate_hz INTEGER,
        channels INTEGER,
        channel INTEGER,
        elapsed_s REAL NOT NULL DEFAULT 0,
        lost_s REAL NOT NULL DEFAULT 0,
        finished INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE models (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, UNIQUE (name, version)
    )
    """,
    """
    CREATE TABLE listened (
        recording_id INTEGER NOT NULL REFERENCES recordings (id),
        model_id INTEGER NOT NULL REFERENCES models (id),
        label TEXT NOT NULL,
        PRIMARY KEY (recording_id, model_id, label)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        recording_id INTEGER NOT NULL REFERENCES recordings (id),
        model_id INTEGER NOT NULL REFERENCES models (id),
        label TEXT NOT NULL,
        score REAL NOT NULL,
        time TEXT,
        begin_s REAL NOT NULL,
        peak_s REAL NOT NULL,
        end_s REAL NOT NULL,
        reported_s REAL NOT NULL,
        begin_sample INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE gaps (
        id INTEGER PRIMARY KEY,
        recording_id INTEGER NOT NULL REFERENCES recordings (id),
        reason TEXT NOT NULL,
        begin_s REAL NOT NULL,
        end_s REAL NOT NULL
    )
    """,
    """
    CREATE TABLE heartbeats (
        id INTEGER PRIMARY KEY,
        recording_id INTEGER NOT NULL REFERENCES recordings (id),
        time TEXT NOT NULL,
        heard_s REAL NOT NULL,
        lost_s REAL NOT NULL
    )
    """,
    "CREATE INDEX recordings_by_source ON recordings (source_id, start)",
    "CREATE INDEX recordings_by_fingerprint ON recordings (fingerprint)",
    "CREATE INDEX events_by_recording ON events (recording_id)",
    "CREATE INDEX events_by_time ON events (time)",
    "CREATE INDEX events_by_label ON events (label, time)",
    "CREATE INDEX gaps_by_recording ON gaps (recording_id)",
    "CREATE INDEX heartbeats_by_recording ON heartbeats (recording_id, time)",
)

VERSION_2 = ("ALTER TABLE events ADD COLUMN concealed INTEGER NOT NULL DEFAULT 0",)

VERSION_3 = (
    "ALTER TABLE recordings ADD COLUMN below_trigger_s REAL NOT NULL DEFAULT 0",
    "ALTER TABLE heartbeats ADD COLUMN below_trigger_s REAL NOT NULL DEFAULT 0",
)

LISTS = (
    """
    TABLE label_lists (
        id INTEGER PRIMARY KEY,
        model_id INTEGER NOT NULL REFERENCES models (id),
        digest TEXT NOT NULL,
        UNIQUE (model_id, digest)
    )
    """,
    """
    TABLE listed_labels (
        list_id INTEGER NOT NULL REFERENCES label_lists (id),
        label TEXT NOT NULL,
        PRIMARY KEY (list_id, label)
    ) WITHOUT ROWID
    """,
    """
    TABLE listened (
        recording_id INTEGER NOT NULL REFERENCES recordings (id),
        list_id INTEGER NOT NULL REFERENCES label_lists (id),
        PRIMARY KEY (recording_id, list_id)
    ) WITHOUT ROWID
    """,
)


def insert_listened(execute: Execute, recording: int, model: int, digest: str, labels: Iterable[str]) -> None:
    """Insert that a model listened for some labels in a recording.

    Parameters
    ----------
    recording, model : int
        Their rows.
    digest : str
        See `labels_digest`.
    """
    row = execute("SELECT id FROM label_lists WHERE model_id = ? AND digest = ?", (model, digest)).fetchone()
    if row is None:
        number = execute("INSERT INTO label_lists (model_id, digest) VALUES (?, ?)", (model, digest)).lastrowid
        for label in labels:
            execute("INSERT INTO listed_labels (list_id, label) VALUES (?, ?)", (number, label))
    else:
        (number,) = row
    execute("INSERT INTO listened (recording_id, list_id) VALUES (?, ?)", (recording, number))


def labels_digest(labels: Iterable[str]) -> str:
    """Hash of some labels, whatever their order."""
    return hashlib.sha256("\0".join(sorted(labels)).encode()).hexdigest()


def _insert_lists(source: str, execute: Execute) -> None:
    """Insert the lists of all recordings from a table of earlier versions, which has a row for each of their labels."""
    rows = execute(f"SELECT recording_id, model_id, label FROM {source} ORDER BY recording_id, model_id, label")
    for (recording, model), own in groupby(rows, lambda row: row[:2]):
        labels = [label for _, _, label in own]
        if not all(isinstance(label, str) for label in labels):
            raise sqlite3.DatabaseError("the database is damaged: it holds a label that is no text")
        insert_listened(execute, recording, model, labels_digest(labels), labels)


VERSION_4: Migration = (
    "ALTER TABLE listened RENAME TO listened_by_label",
    *(f"CREATE {table.strip()}" for table in LISTS),
    partial(_insert_lists, "listened_by_label"),
    "DROP TABLE listened_by_label",
)

VERDICTS = """
    TABLE verdicts (
        id INTEGER PRIMARY KEY,
        recording TEXT NOT NULL,
        identity TEXT,
        start TEXT,
        label TEXT NOT NULL,
        begin_s REAL NOT NULL,
        end_s REAL NOT NULL,
        answer TEXT NOT NULL,
        other TEXT,
        model TEXT NOT NULL,
        score REAL,
        judge TEXT NOT NULL,
        time TEXT NOT NULL,
        drawn INTEGER NOT NULL
    )
    """
VERSION_5: Migration = (f"CREATE {VERDICTS.strip()}",)

NOTES = """
    TABLE notes (
        id INTEGER PRIMARY KEY,
        recording TEXT NOT NULL,
        identity TEXT,
        start TEXT,
        label TEXT NOT NULL,
        begin_s REAL NOT NULL,
        end_s REAL NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        author TEXT NOT NULL,
        time TEXT NOT NULL
    )
    """
VERSION_6: Migration = (f"CREATE {NOTES.strip()}",)

MIGRATIONS: tuple[Migration, ...] = (VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6)
"""What upgrades each version to the next, see `whipbird.system.sqlite`."""

STAND_INS: tuple[Migration, ...] = (
    (),
    ("CREATE TEMP VIEW events AS SELECT *, 0 AS concealed FROM main.events",),
    ("CREATE TEMP VIEW heartbeats AS SELECT *, 0.0 AS below_trigger_s FROM main.heartbeats",),
    (*(f"CREATE TEMP {table.strip()}" for table in LISTS), partial(_insert_lists, "main.listened")),
    (f"CREATE TEMP {VERDICTS.strip()}",),
    (f"CREATE TEMP {NOTES.strip()}",),
)
"""For each migration, what a connection needs to read a database without it."""


def connect(path: Path) -> sqlite3.Connection:
    """Open an existing file, which may be empty, as a database; raises OutputError. See `open_database`."""
    try:
        return open_database(path, APPLICATION_ID, MIGRATIONS, BUSY_S)
    except sqlite3.Error as error:
        raise OutputError(f"{path}: {reason(error)}") from error


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a database of any version to read it, in one transaction; raises OutputError. See `open_to_read`."""
    try:
        connection, version = open_to_read(path, APPLICATION_ID, len(MIGRATIONS), BUSY_S)
        try:
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("BEGIN")
            for stand_in in STAND_INS[version:]:
                run_migration(connection.execute, stand_in)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise OutputError(f"{path}: {reason(error)}") from error
    return connection
