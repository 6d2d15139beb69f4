"""The results of a scan as a database in a temporary folder, so that the page asks both in one way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from whipbird.activity.recorded_events import RecordedEvents
from whipbird.database.schema import connect, insert_listened, labels_digest
from whipbird.database.writer import utc_text
from whipbird.events.detection import Detection
from whipbird.system.sqlite import Execute, transaction

__all__ = ["ScanCopy"]

STATION = "scan"


class ScanCopy:
    """A database with the recordings and events of a scan; `close` removes it.

    Attributes
    ----------
    path : Path
    """

    def __init__(self, recordings: Iterable[RecordedEvents]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="whipbird-page-")
        self.path = Path(self._folder.name) / "scan.sqlite"
        self.path.touch(mode=0o600)
        try:
            connection = connect(self.path)
            connection.execute("PRAGMA synchronous = OFF")  # it is made again from the scan
            with transaction(connection) as execute:
                _Copying(execute).add(recordings)
            connection.close()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._folder.cleanup()


class _Copying:
    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._sources: dict[str, int] = {}
        self._models: dict[str, int] = {}
        execute("INSERT INTO stations (id, name) VALUES (1, ?)", (STATION,))

    def add(self, recordings: Iterable[RecordedEvents]) -> None:
        labels: dict[str, set[str]] = {}
        for recording in recordings:
            number = self._recording(recording)
            for event in recording.detections:
                self._event(number, event)
                labels.setdefault(event.model, set()).add(event.label)
        for model, own in labels.items():
            # Nobody asks of a scan which recording was listened to for what: one recording stands for all.
            if (first := self._execute("SELECT min(id) FROM recordings").fetchone()[0]) is not None:
                insert_listened(self._execute, first, self._model(model), labels_digest(own), sorted(own))

    def _recording(self, recording: RecordedEvents) -> int:
        folder = str(Path(recording.source).parent)
        if folder not in self._sources:
            cursor = self._execute("INSERT INTO sources (station_id, name) VALUES (1, ?)", (folder,))
            self._sources[folder] = cursor.lastrowid or 0
        offset = None if recording.start is None else recording.start.utcoffset()
        elapsed_s = recording.heard_s + recording.lost_s + recording.below_trigger_s
        cursor = self._execute(
            "INSERT INTO recordings (source_id, path, opened, start, utc_offset_s, time_from, rate_hz, channels, "
            "channel, elapsed_s, lost_s, below_trigger_s, finished) VALUES (?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (
                self._sources[folder],
                recording.source,
                utc_text(recording.start),
                None if offset is None else int(offset / timedelta(seconds=1)),
                recording.time_from,
                recording.rate_hz,
                recording.channels,
                recording.channel,
                elapsed_s,
                recording.lost_s,
                recording.below_trigger_s,
            ),
        )
        number = cursor.lastrowid or 0
        for seconds, reason in ((recording.lost_s, "lost"), (recording.below_trigger_s, "below trigger")):
            if seconds:  # a scan knows how much, and not where: it is taken from the end
                self._execute(
                    "INSERT INTO gaps (recording_id, reason, begin_s, end_s) VALUES (?, ?, ?, ?)",
                    (number, reason, elapsed_s - seconds, elapsed_s),
                )
                elapsed_s -= seconds
        return number

    def _event(self, recording: int, event: Detection) -> None:
        self._execute(
            "INSERT INTO events (recording_id, model_id, label, score, time, begin_s, peak_s, end_s, reported_s, "
            "begin_sample, concealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                recording,
                self._model(event.model),
                event.label,
                event.score,
                utc_text(event.time),
                event.begin_s,
                event.peak_s,
                event.end_s,
                event.reported_s,
                event.begin_sample,
                int(event.concealed),
            ),
        )

    def _model(self, name: str) -> int:
        if name not in self._models:
            cursor = self._execute("INSERT INTO models (name, version) VALUES (?, '')", (name,))
            self._models[name] = cursor.lastrowid or 0
        return self._models[name]
