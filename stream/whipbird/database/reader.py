"""Read the database: recordings, events, gaps and listening; `whipbird.database.schema` describes the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from whipbird.database.schema import connect_to_read
from whipbird.errors import WhipbirdError
from whipbird.system.damage import damage_of
from whipbird.system.sqlite import reason

__all__ = [
    "DatabaseReader",
    "EventRow",
    "FormatRow",
    "HeartbeatRow",
    "RecordingRow",
    "VerdictRow",
    "open_reader",
    "stored_time",
]


class RecordingRow(NamedTuple):
    """A recording with its station and source; other fields as in the table ``recordings``."""

    number: int
    station: str
    source: str
    path: str | None
    fingerprint: str | None
    start: str | None
    utc_offset_s: int | None
    time_from: str
    elapsed_s: float


class HeartbeatRow(NamedTuple):
    """The last heartbeat of a live recording, and the seconds from its start by then."""

    recording: int
    time: str
    elapsed_s: float
    utc_offset_s: int | None


class FormatRow(NamedTuple):
    """Format and start of a recording; fields as in the table ``recordings``."""

    recording: int
    rate_hz: int | None
    channels: int | None
    channel: int | None
    start: str | None
    utc_offset_s: int | None


class EventRow(NamedTuple):
    """An event with the name of its model; other fields as in the table ``events``."""

    model: str
    label: str
    score: float
    time: str | None
    begin_s: float
    peak_s: float
    end_s: float
    reported_s: float
    begin_sample: int
    concealed: int


class VerdictRow(NamedTuple):
    """A verdict; the fields are those of `whipbird.events.verdict.Verdict`."""

    recording: str
    label: str
    begin_s: float
    end_s: float
    answer: str
    judge: str
    time: str
    other: str | None
    model: str
    score: float | None
    identity: str | None
    start: str | None
    drawn: int


class DatabaseReader:
    """Queries within one read transaction: other programs may write to the database at the same time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def recordings(self, numbers: Collection[int] | None = None) -> Iterable[RecordingRow]:
        """All recordings, or those with some numbers, in the order of stations, sources and starts."""
        rows = self._execute(
            "SELECT recordings.id, stations.name, sources.name, path, fingerprint, start, utc_offset_s, time_from, "
            "elapsed_s "
            "FROM recordings JOIN sources ON sources.id = source_id JOIN stations ON stations.id = station_id "
            f"{_among('recordings.id', numbers)}ORDER BY stations.name, sources.name, start, recordings.id"
        )
        return map(RecordingRow._make, rows)

    def formats(self) -> Iterable[FormatRow]:
        """Formats and starts of all recordings."""
        rows = self._execute("SELECT id, rate_hz, channels, channel, start, utc_offset_s FROM recordings")
        return map(FormatRow._make, rows)

    def last_heartbeats(self) -> Iterable[HeartbeatRow]:
        """The last heartbeat of each live recording that has one."""
        rows = self._execute(
            "SELECT recording_id, time, heard_s + heartbeats.lost_s + heartbeats.below_trigger_s, utc_offset_s "
            "FROM heartbeats "
            "JOIN recordings ON recordings.id = recording_id "
            "WHERE heartbeats.id IN (SELECT max(id) FROM heartbeats GROUP BY recording_id) AND time_from = 'live'"
        )
        return map(HeartbeatRow._make, rows)

    def gaps(self, numbers: Collection[int] | None = None) -> Iterable[tuple[int, float, float, str]]:
        """Recording, start and end in seconds, and reason of each gap, in the order of starts.

        Of all recordings, or of those with some numbers.
        """
        where = _among("recording_id", numbers)
        return self._execute(f"SELECT recording_id, begin_s, end_s, reason FROM gaps {where}ORDER BY begin_s")

    def label_lists(self) -> Iterable[tuple[int, str, str]]:
        """Number of a list, model and label: each label with which a model listened."""
        return self._execute(
            "SELECT list_id, models.name, label FROM listed_labels JOIN label_lists ON label_lists.id = list_id "
            "JOIN models ON models.id = model_id"
        )

    def listened(self) -> Iterable[tuple[int, int]]:
        """Recording and number of a list: what was listened for."""
        return self._execute("SELECT recording_id, list_id FROM listened ORDER BY recording_id, list_id")

    def events(self) -> Iterable[tuple[int, str, str, float, float]]:
        """Recording, model, label, start in seconds and score of each event."""
        return self._execute(
            "SELECT recording_id, models.name, label, begin_s, score FROM events JOIN models ON models.id = model_id"
        )

    def last_times(self) -> Iterable[tuple[str, str]]:
        """Label, and time of its last event, of all labels with events whose time is known."""
        return self._execute("SELECT label, max(time) FROM events WHERE time IS NOT NULL GROUP BY label")

    def events_of(self, recording: int) -> Iterable[EventRow]:
        """The events of a recording, complete."""
        rows = self._execute(
            "SELECT models.name, label, score, time, begin_s, peak_s, end_s, reported_s, begin_sample, concealed "
            "FROM events JOIN models ON models.id = model_id WHERE recording_id = ? ORDER BY events.id",
            (recording,),
        )
        return map(EventRow._make, rows)

    def verdicts(self) -> Iterable[VerdictRow]:
        """All verdicts, in the order in which they were given."""
        rows = self._execute(f"SELECT {', '.join(VerdictRow._fields)} FROM verdicts ORDER BY time, id")
        return map(VerdictRow._make, rows)


def _among(column: str, numbers: Collection[int] | None) -> str:
    return "" if numbers is None else f"WHERE {column} IN ({','.join(str(int(one)) for one in numbers)}) "


def stored_time(text: str) -> datetime:
    """A time in a database; raises ValueError if it is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date and time") from error


@contextmanager
def open_reader(path: Path) -> Iterator[DatabaseReader]:
    """Open a database for reading.

    Raises
    ------
    WhipbirdError
        If it cannot be read, or is something else; if its contents raise an error while it is open.
    """
    if path.is_dir():
        raise WhipbirdError(f"{path}: is not the folder of a scan, and not a database")
    if not path.is_file():
        raise WhipbirdError(f"{path}: no such database")
    if not path.stat().st_size:
        raise WhipbirdError(f"{path}: the file is empty")
    connection = connect_to_read(path)
    try:
        with damage_of(path):
            yield DatabaseReader(connection)
    except sqlite3.Error as error:
        raise WhipbirdError(f"{path}: {reason(error)}") from error
    finally:
        connection.close()
