"""Verdicts through files: a table of events to judge, and the verdicts of a table that was filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from whipbird.activity.event_files import write_event_table
from whipbird.activity.installed_names import InstalledNames
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.errors import DataError, OutputError
from whipbird.events.detection import Detection
from whipbird.events.verdict import Verdict
from whipbird.formats.annotation import RecordingNames
from whipbird.formats.base import FileFormat
from whipbird.formats.cells import cell_time
from whipbird.formats.csv_rows import CSV
from whipbird.formats.raven import RAVEN
from whipbird.formats.verdict_tables import JudgedRow, read_verdict_table
from whipbird.review.sampling import Candidate, candidates_of, in_order
from whipbird.review.session import verdict_of

__all__ = ["read_table", "table_format", "write_table"]

MILLI = "milliseconds"  # as Raven tables have times
SAME_S = 1e-3  # to which tables have times at least


def table_format(path: Path) -> FileFormat:
    """The format of a table by its name; raises OutputError if it is none."""
    for form in (RAVEN, CSV):
        if path.name.lower().endswith(form.endings):
            return form
    raise OutputError(f"{path}: unknown extension; use .csv, or .raven.txt for a Raven selection table")


def write_table(
    path: Path, recordings: Sequence[RecordedEvents], count: int, drawn: bool, names: InstalledNames
) -> int:
    """Write a table of the events that are next to be judged; returns their number.

    Parameters
    ----------
    recordings : sequence of RecordedEvents
        With all of their selected events.
    count : int
        Up to this many events.
    drawn : bool
        See `whipbird.review.session.ReviewSession`.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    form = table_format(path)
    unjudged = (one for one in in_order(candidates_of(recordings)) if one.event.verdict is None)
    chosen: dict[int, list[Detection]] = {}
    for one in islice(unjudged, count):
        chosen.setdefault(id(one.recording), []).append(one.event)
    own = (
        replace(recording, detections=sorted(chosen.get(id(recording), ()), key=lambda event: event.begin_s))
        for recording in recordings
    )
    write_event_table(own, form, path, names, verdicts=True, drawn=drawn)
    return sum(map(len, chosen.values()))


def read_table(path: Path, recordings: Sequence[RecordedEvents], judge: str, now: datetime) -> list[Verdict]:
    """The verdicts of a table on events and other sounds of these recordings, without those that are known already.

    A row on no event is a verdict on that sound, such as a call that was missed.

    Parameters
    ----------
    judge, now : str, datetime
        Who gave the verdicts, and when, where the table does not say.

    Raises
    ------
    DataError
        If it cannot be read, or names another recording.
    """
    rows = read_verdict_table(path)
    found: dict[str, list[RecordedEvents]] = {}
    known = RecordingNames(row.recording for row in rows)
    for recording in recordings:
        names = {recording.source} if recording.path is None else {*known.of(Path(recording.path)), recording.source}
        for name in names:
            found.setdefault(name, []).append(recording)
    return list(_new(_verdict(path, row, found.get(row.recording, ()), judge, now) for row in rows))


def _new(verdicts: Iterable[tuple[Verdict, Detection | None]]) -> Iterator[Verdict]:
    """Verdicts that say something else than the one that an event has."""
    for verdict, event in verdicts:
        old = None if event is None else event.verdict
        if old is None or (old.answer, old.other, old.judge) != (verdict.answer, verdict.other, verdict.judge):
            yield verdict


def _verdict(
    path: Path, row: JudgedRow, recordings: Sequence[RecordedEvents], judge: str, now: datetime
) -> tuple[Verdict, Detection | None]:
    """The verdict of a row, and the event that it is about, if there is one."""
    where = f"{path}, line {row.line}"
    matching = list(_events(row, recordings))
    if not matching and len(recordings) != 1:
        what = f"{len(recordings)} recordings are named" if recordings else "no recording is named"
        raise DataError(f"{where}: {what} {row.recording!r} where the verdicts belong; give its whole path")
    if len({id(recording) for recording, _ in matching}) > 1:
        raise DataError(f"{where}: several recordings named {row.recording!r} have such an event; keep the column time")
    if matching:
        recording, event = matching[0]
        found: Detection | None = event
    else:
        (recording,) = recordings
        found = None
        event = Detection(
            label=row.label,
            begin_s=row.begin_s,
            peak_s=row.begin_s,
            end_s=row.end_s,
            reported_s=row.end_s,
            score=0.0,
            source=recording.source,
            model="",
            begin_sample=round(row.begin_s * recording.rate_hz),
            time=None,
        )
    own = verdict_of(
        Candidate(recording, event), row.answer, row.judge or judge, row.judged or now, row.other, row.drawn
    )
    return (own if found is not None else replace(own, score=None, drawn=False)), found


def _events(row: JudgedRow, recordings: Iterable[RecordedEvents]) -> Iterator[tuple[RecordedEvents, Detection]]:
    """The events of recordings that a row is about."""
    for recording in recordings:
        for event in recording.detections:
            if event.label == row.label and _is_about(row, event):
                yield recording, event


def _is_about(row: JudgedRow, event: Detection) -> bool:
    """Whether a row is about an event; the time tells the runs of a live source apart, if the table has kept it."""
    if event.time is not None and row.time not in ("", cell_time(event.time), event.time.isoformat(timespec=MILLI)):
        return False
    return abs(event.begin_s - row.begin_s) < SAME_S and abs(event.end_s - row.end_s) < SAME_S
