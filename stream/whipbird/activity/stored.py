"""What a database holds of activity.

If the system clock was set while a live source was processed, all of its time is counted by the clock at the end, which
is more likely to be right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from whipbird.activity.heard_recording import (
    HeardRecording,
    ScoredEvent,
    Select,
    Site,
    Target,
    Targets,
    everything,
    known_start_s,
)
from whipbird.activity.tallies import Activity, activity_of
from whipbird.database.fingerprint import identity
from whipbird.database.reader import DatabaseReader, open_reader, stored_time

__all__ = ["read_activity", "stored_events", "stored_recordings", "stored_targets"]

CLOCK_SET_S = 60.0  # a smaller difference is delay or drift, which does not matter for hours


def read_activity(path: Path, select: Select = everything) -> Activity:
    """Read the activity in a database, as far as it is selected.

    Raises
    ------
    WhipbirdError
        If it cannot be read, or is something else.
    """
    with open_reader(path) as database:
        return activity_of(*select(stored_recordings(database), stored_targets(database), stored_events(database)))


def stored_targets(database: DatabaseReader) -> Iterator[tuple[int, Targets]]:
    """What was listened for in which recording of a database."""
    lists: dict[int, set[Target]] = {}
    for number, model, label in database.label_lists():
        if not isinstance(model, str) or not isinstance(label, str):
            raise TypeError(f"{label!r} of {model!r} is not a label of a model")
        lists.setdefault(number, set()).add(Target(model, label))
    found = {number: frozenset(targets) for number, targets in lists.items()}
    for recording, number in database.listened():
        yield recording, found[number]


def stored_events(database: DatabaseReader) -> Iterator[ScoredEvent]:
    """The events in a database."""
    for number, model, label, begin_s, score in database.events():
        yield ScoredEvent(number, Target(model, label), begin_s, score)


def stored_recordings(database: DatabaseReader, numbers: Collection[int] | None = None) -> dict[int, HeardRecording]:
    """The recordings in a database, by their numbers: all, or those with some numbers."""
    found = {}
    rows = database.recordings(numbers)
    for number, station, source, path, fingerprint, start, offset_s, origin, elapsed_s in rows:
        seconds = None if start is None else stored_time(start).timestamp()
        place = Site(station, source)
        found[number] = HeardRecording(
            number=number,
            site=place,
            path=path,
            fingerprint=identity(fingerprint, path),
            start_s=known_start_s(seconds, offset_s, origin),
            time_from=origin,
            elapsed_s=elapsed_s,
            gaps=[],
        )
    _follow_clock(database, found)
    gaps: dict[int, list[tuple[float, float, str]]] = {}
    for number, begin_s, end_s, reason in database.gaps(numbers):
        gaps.setdefault(number, []).append((begin_s, end_s, reason))
    return found | {number: replace(found[number], gaps=own) for number, own in gaps.items()}


def _follow_clock(database: DatabaseReader, recordings: dict[int, HeardRecording]) -> None:
    """Set the start of live recordings by the clock of their last heartbeat, if that clock differs."""
    for number, time, elapsed_s, offset_s in database.last_heartbeats():
        if (recording := recordings.get(number)) is None:
            continue
        start_s = stored_time(time).timestamp() + (offset_s or 0) - elapsed_s
        if recording.start_s is not None and abs(start_s - recording.start_s) >= CLOCK_SET_S:
            recordings[number] = replace(recording, start_s=start_s)
