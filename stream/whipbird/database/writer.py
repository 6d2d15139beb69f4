"""Write the database: all events, gaps and listening times, in one SQLite file.

All waiting reports are written in one transaction. A transaction survives a kill or a power failure once it is
committed; one that fails is rolled back and repeated. `whipbird.database.schema` describes the tables.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from whipbird.audio.clock import utc_offset_s
from whipbird.database.fingerprint import fingerprint
from whipbird.database.schema import connect, insert_listened, labels_digest
from whipbird.errors import OutputError
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Heartbeat, Opening, Report, Summary
from whipbird.recordings.files import file_named
from whipbird.system.place import PlaceOnDisk
from whipbird.system.sqlite import error_code, reason, transaction
from whipbird.system.whole_file import check_file_path
from whipbird.text import as_text

__all__ = ["Database", "utc_text"]

MOST_LISTS = 16  # lists of labels that are prepared once; each recording has a list of each of its models


class Database:
    """The database of a station's reports; raises OutputError if it cannot be opened, or is another kind of file."""

    def __init__(self, path: Path, station: str) -> None:
        self.name = str(path)
        self._path = path
        self._station = as_text(station)
        self.note = ""
        self._recordings: dict[str, int] = {}  # recordings in progress, by the names of their sources
        self._openings: dict[str, Opening] = {}  # how they were opened
        check_file_path(path)
        try:
            self._place = PlaceOnDisk(path)
            path.touch()
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
        self._connection: sqlite3.Connection | None = connect(path)
        self._place.remember()
        self._refuse_read_only(self._connection)

    def write(self, reports: Sequence[Report]) -> None:
        try:
            connection = self._connected()
            recordings = dict(self._recordings)
            with transaction(connection):
                writer = _Writer(connection, self._station, recordings)
                for opening in self._openings.values():
                    if opening.source not in recordings:  # the database is another than before
                        writer.write(opening)
                for report in reports:
                    writer.write(report)
        except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.DataError) as error:
            raise ValueError(str(error)) from error
        except sqlite3.Error as error:
            self.close()
            raise OutputError(reason(error)) from error
        self._recordings = recordings
        for report in reports:
            if isinstance(report, Opening):
                self._openings[report.source] = report
            elif isinstance(report, Summary) and report.source is not None:
                self._openings.pop(report.source, None)

    def write_missing(self, reports: Sequence[Report]) -> None:
        # All reports of a recording are written in one transaction, or none.
        openings = [report for report in reports if isinstance(report, Opening) and report.path is not None]
        try:
            held = any(
                self._connected()
                .execute(
                    "SELECT 1 FROM recordings WHERE path = ? AND opened = ?",
                    (as_text(os.path.abspath(opening.path or "")), utc_text(opening.opened)),
                )
                .fetchone()
                for opening in openings
            )
        except sqlite3.Error as error:
            self.close()
            raise OutputError(reason(error)) from error
        if not held:
            self.write(reports)

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _refuse_read_only(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if error_code(error) != sqlite3.SQLITE_BUSY:  # which is temporary
                self.close()
                raise OutputError(f"{self._path}: {reason(error)}") from error

    def _connected(self) -> sqlite3.Connection:
        changed = self._place.changed()
        if self._connection is None or changed:
            if changed and self._connection is not None:
                # SQLite leaves the journal of a renamed database behind; what is in it goes into that database first.
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.close()
            if changed:
                try:
                    note = self._place.prepare()
                except OSError as error:
                    raise OutputError(f"{self._path}: {error.strerror or error}") from error
            self._connection = connect(self._path)
            if changed:
                self._place.remember()
                self.note = note
                self._recordings = {}
        return self._connection


class _Writer:
    """Writes reports within a transaction."""

    def __init__(self, connection: sqlite3.Connection, station: str, recordings: dict[str, int]) -> None:
        self._execute = connection.execute
        self._station = station
        self._recordings = recordings

    def write(self, report: Report) -> None:
        if isinstance(report, Opening):
            self._open(report)
        elif isinstance(report, Detection):
            self._event(report)
        elif isinstance(report, GapReport):
            self._gap(report)
        elif isinstance(report, Heartbeat):
            self._heartbeat(report)
        elif isinstance(report, Summary) and report.source is not None:
            self._finish(report, report.source)

    def _open(self, opening: Opening) -> None:
        start = opening.start
        recording = self._insert(
            "recordings",
            source_id=self._source(opening.source, opening.path),
            path=None if opening.path is None else as_text(os.path.abspath(opening.path)),
            fingerprint=None if opening.path is None else fingerprint(opening.path),
            opened=utc_text(opening.opened),
            start=utc_text(start),
            utc_offset_s=utc_offset_s(start),
            time_from=opening.time_from,
            rate_hz=opening.rate_hz,
            channels=opening.channels,
            channel=opening.channel,
        )
        self._recordings[opening.source] = recording
        for listener in opening.listeners:
            model = self._id("models", name=as_text(listener.model), version=as_text(listener.version))
            if listener.labels:
                insert_listened(self._execute, recording, model, *_stored_labels(listener.labels))

    def _event(self, event: Detection) -> None:
        recording = self._recording(event.source)
        self._insert(
            "events",
            recording_id=recording,
            model_id=self._model(recording, event.model, event.label),
            label=as_text(event.label),
            score=event.score,
            time=utc_text(event.time),
            begin_s=event.begin_s,
            peak_s=event.peak_s,
            end_s=event.end_s,
            reported_s=event.reported_s,
            begin_sample=event.begin_sample,
            concealed=event.concealed,
        )
        self._elapsed(recording, max(event.reported_s, event.end_s))

    def _gap(self, gap: GapReport) -> None:
        recording = self._recording(gap.source)
        self._insert("gaps", recording_id=recording, reason=as_text(gap.reason), begin_s=gap.begin_s, end_s=gap.end_s)
        column = "lost_s" if gap.is_lost else "below_trigger_s"
        self._execute(
            f"UPDATE recordings SET {column} = {column} + ? WHERE id = ?", (gap.end_s - gap.begin_s, recording)
        )
        self._elapsed(recording, gap.end_s)

    def _heartbeat(self, beat: Heartbeat) -> None:
        recording = self._recording(beat.source)
        self._insert(
            "heartbeats",
            recording_id=recording,
            time=utc_text(beat.time),
            heard_s=beat.heard_s,
            lost_s=beat.lost_s,
            below_trigger_s=beat.below_trigger_s,
        )
        # Without a gap that lasts: its report is still to come, and time before that would count as processed.
        self._execute(
            "UPDATE recordings SET elapsed_s = max(elapsed_s, ? + lost_s + below_trigger_s) WHERE id = ?",
            (beat.heard_s, recording),
        )

    def _finish(self, summary: Summary, source: str) -> None:
        if source not in self._recordings and file_named(source) is None:
            return  # the source was never opened
        recording = self._recording(source)
        del self._recordings[source]
        self._execute(
            "UPDATE recordings SET elapsed_s = ?, lost_s = ?, below_trigger_s = ?, finished = 1 WHERE id = ?",
            (summary.elapsed_s, summary.lost_s, summary.below_trigger_s, recording),
        )

    def _elapsed(self, recording: int, elapsed_s: float) -> None:
        self._execute("UPDATE recordings SET elapsed_s = max(elapsed_s, ?) WHERE id = ?", (elapsed_s, recording))

    def _recording(self, source: str) -> int:
        """The recording in progress of a source; made if its opening was not reported."""
        if source not in self._recordings:
            opened = utc_text(datetime.now(UTC))
            path = file_named(source)
            self._recordings[source] = self._insert(
                "recordings",
                source_id=self._source(source, path),
                path=None if path is None else as_text(os.path.abspath(path)),
                opened=opened,
            )
        return self._recordings[source]

    def _source(self, name: str, path: str | None) -> int:
        """The source of a name; the source of a recording is its folder."""
        station = self._id("stations", name=self._station)
        own = name if path is None else os.path.dirname(os.path.abspath(path))
        return self._id("sources", station_id=station, name=as_text(own))

    def _model(self, recording: int, name: str, label: str) -> int:
        row = self._execute(
            "SELECT model_id FROM listened JOIN listed_labels USING (list_id) "
            "JOIN label_lists ON label_lists.id = list_id JOIN models ON models.id = model_id "
            "WHERE recording_id = ? AND label = ? AND name = ?",
            (recording, as_text(label), as_text(name)),
        ).fetchone()
        if row is not None:
            return int(row[0])
        model = self._id("models", name=as_text(name), version="")
        insert_listened(self._execute, recording, model, *_stored_labels((label,)))
        return model

    def _id(self, table: str, **key: str | int) -> int:
        """The row with this unique key; inserted if there is none."""
        where = " AND ".join(f"{column} = ?" for column in key)
        row = self._execute(f"SELECT id FROM {table} WHERE {where}", tuple(key.values())).fetchone()
        return self._insert(table, **key) if row is None else int(row[0])

    def _insert(self, table: str, **values: str | float | None) -> int:
        marks = ", ".join("?" * len(values))
        cursor = self._execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
        return cursor.lastrowid or 0


@lru_cache(maxsize=MOST_LISTS)
def _stored_labels(labels: tuple[str, ...]) -> tuple[str, list[str]]:
    """The digest of some labels, and the labels as text that can be stored."""
    texts = list(dict.fromkeys(map(as_text, labels)))
    return labels_digest(texts), texts


def utc_text(time: datetime | None) -> str | None:
    """A time as stored in the database."""
    return None if time is None else f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
