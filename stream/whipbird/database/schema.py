"""The tables of the database, and the migration of databases of earlier versions.

Times of day are text in UTC, ``2024-05-01T04:00:12.345678Z``, which sorts; seconds count from the start of the
recording. ``elapsed_s - lost_s - below_trigger_s`` seconds of a recording have been processed, all but its gaps: what
was lost, and what a triggered recorder left out (the gaps of the reason ``below trigger``).

- ``stations``: computers (or sites) that listen.
- ``sources``: their sources of sound: a microphone, a feed, a folder of recordings.
- ``recordings``: one uninterrupted run of a live source, or a sound file. A file that is processed again is another row
  with the same ``fingerprint``. ``finished`` is 0 during processing, and after it was interrupted.
- ``models`` and ``listened``: the labels that were listened for in a recording, so that the absence of events can be
  interpreted.
- ``events``, ``gaps``. An event is ``concealed`` (1) if some of its sound was lost and filled in.
- ``heartbeats``: the seconds that had been processed, lost and left out at some time.

A new version of the schema is one more entry in `MIGRATIONS`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from whipbird.errors import OutputError
from whipbird.system.sqlite import open_database, reason

__all__ = ["APPLICATION_ID", "MIGRATIONS", "connect"]

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

MIGRATIONS: tuple[tuple[str, ...], ...] = (VERSION_1, VERSION_2, VERSION_3)
"""Statements that upgrade each version to the next, see `whipbird.system.sqlite`."""


def connect(path: Path) -> sqlite3.Connection:
    """Open an existing file, which may be empty, as a database; raises OutputError. See `open_database`."""
    try:
        return open_database(path, APPLICATION_ID, MIGRATIONS, BUSY_S)
    except sqlite3.Error as error:
        raise OutputError(f"{path}: {reason(error)}") from error
