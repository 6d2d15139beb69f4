"""The events of each recording in a database, complete, for exports; `whipbird.activity.event_files` writes them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from whipbird.activity.heard_recording import FARTHEST_S, HeardRecording, ScoredEvent, Target, Targets
from whipbird.activity.selection import Selection
from whipbird.activity.stored import stored_recordings, stored_targets
from whipbird.activity.tallies import counted_targets
from whipbird.database.reader import DatabaseReader, EventRow, FormatRow, open_reader, stored_time
from whipbird.events.detection import Detection

__all__ = ["RecordedEvents", "events_in_database", "folders_in_database"]


@dataclass(frozen=True)
class RecordedEvents:
    """The selected events of a recording.

    Attributes
    ----------
    source : str
        Path of the recording, or name of the live source.
    path : str or None
        None for a live source.
    identity : str or None
        Equal for the same recording at another path; None if it is not known.
    start : datetime or None
        With its time zone.
    time_from : str
    rate_hz, channels : int
        0 if nothing could be processed.
    channel : int or None
        That was processed, counted from 1; None for the mix of all.
    heard_s, lost_s, below_trigger_s : float
    detections : sequence of Detection
        In the order in which they were reported.
    """

    source: str
    path: str | None
    identity: str | None
    start: datetime | None
    time_from: str
    rate_hz: int
    channels: int
    channel: int | None
    heard_s: float
    lost_s: float
    below_trigger_s: float
    detections: Sequence[Detection]


def folders_in_database(path: Path) -> list[str]:
    """The folder that contains all recordings of a database; none if there is none."""
    with open_reader(path) as database:
        folders = {os.path.dirname(row.path) for row in database.recordings() if row.path is not None}
    try:
        return [os.path.commonpath(folders)]
    except ValueError:  # no recordings, or on several drives
        return []


def events_in_database(path: Path, selection: Selection, notify: Callable[[str], None]) -> Iterator[RecordedEvents]:
    """The recordings of a database, each once, with the selected events of the runs that count.

    Raises
    ------
    WhipbirdError
        If the database cannot be read, or is something else; if a selected source or label is not in it.
    """
    with open_reader(path) as database:
        recordings = stored_recordings(database)
        selected = selection.recordings(recordings, notify)
        targets = (each for each in selection.targets(stored_targets(database)) if each[0] in selected)
        runs = counted_targets(selected, targets)
        formats = {row.recording: row for row in database.formats()}
        for own in runs.values():
            detections: list[Detection] = []
            for number, counted in own.items():
                detections += _detections(database, selected[number], formats[number], counted, selection)
            run = max((selected[number] for number in own), key=lambda one: (one.elapsed_s, one.number))
            yield _recorded(run, formats[run.number], sorted(detections, key=_order))


def _recorded(run: HeardRecording, form: FormatRow, detections: Sequence[Detection]) -> RecordedEvents:
    lost_s, below_trigger_s = (
        sum(end_s - begin_s for begin_s, end_s in spans) for spans in (run.lost, run.below_trigger)
    )
    return RecordedEvents(
        source=run.path or run.site.source,
        path=run.path,
        identity=run.fingerprint,
        start=_time(form.start, form.utc_offset_s),
        time_from=run.time_from,
        rate_hz=int(form.rate_hz or 0),
        channels=int(form.channels or 0),
        channel=None if form.channel is None else int(form.channel),
        heard_s=max(0.0, run.elapsed_s - lost_s - below_trigger_s),
        lost_s=lost_s,
        below_trigger_s=below_trigger_s,
        detections=detections,
    )


def _detections(
    database: DatabaseReader, run: HeardRecording, form: FormatRow, counted: Sequence[Targets], selection: Selection
) -> Iterator[Detection]:
    for row in database.events_of(run.number):
        target = Target(row.model, row.label)
        event = ScoredEvent(run.number, target, row.begin_s, row.score)
        if any(target in targets for targets in counted) and selection.has_event(run, event):
            yield _detection(row, run, form)


def _detection(row: EventRow, run: HeardRecording, form: FormatRow) -> Detection:
    for seconds in (row.begin_s, row.peak_s, row.end_s, row.reported_s):
        if not 0 <= seconds <= FARTHEST_S:
            raise ValueError(f"an event of {row.label} is {seconds:g} s after the start of its recording")
    time = _time(row.time, form.utc_offset_s)
    return Detection(
        label=row.label,
        begin_s=float(row.begin_s),
        peak_s=float(row.peak_s),
        end_s=float(row.end_s),
        reported_s=float(row.reported_s),
        score=float(row.score),
        source=run.path or run.site.source,
        model=row.model,
        begin_sample=int(row.begin_sample),
        time=time,
        time_from="none" if time is None else run.time_from,
        concealed=bool(row.concealed),
    )


def _time(text: str | None, offset_s: int | None) -> datetime | None:
    """A time of the database, in the zone of its recording."""
    return None if text is None else stored_time(text).astimezone(timezone(timedelta(seconds=offset_s or 0)))


def _order(event: Detection) -> tuple[float, float, str, str]:
    return event.reported_s, event.begin_s, event.model, event.label
