"""Events with the verdicts that people gave on them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from whipbird.activity.recorded_events import RecordedEvents
from whipbird.database.fingerprint import fingerprint, identity
from whipbird.database.verdicts import KnownVerdicts, verdict_on
from whipbird.database.writer import utc_text
from whipbird.events.verdict import Verdict

__all__ = ["start_text", "verdicts_on", "with_verdicts"]


def with_verdicts(recordings: Iterable[RecordedEvents], known: KnownVerdicts) -> Iterator[RecordedEvents]:
    """The same recordings, each event with its verdict, if there is one.

    Where the content of a recording is not known, as in scans, that of the file counts: a recording that was moved
    keeps its verdicts, and one that has taken the path of another gets none.
    """
    moved = {recording for recording in known.recordings if not os.path.exists(recording)}
    for recording in recordings:
        own = verdicts_on(recording, known, bool(moved))
        if own:
            events = [
                replace(event, verdict=verdict_on(own, event.label, event.begin_s, event.end_s))
                for event in recording.detections
            ]
            yield replace(recording, detections=events)
        else:
            yield recording


def verdicts_on(recording: RecordedEvents, known: KnownVerdicts, moved: bool = True) -> Sequence[Verdict]:
    """The verdicts on a recording; ``moved`` says whether recordings may have moved since they were judged."""
    if not known:
        return ()
    content, path = recording.identity, recording.path
    if content is None and path is not None and (moved or recording.source in known.recordings):
        content = identity(fingerprint(path), path)
    return known.of(recording.source, content, start_text(recording))


def start_text(recording: RecordedEvents) -> str | None:
    """Start of a live recording as text, which distinguishes the runs of a source; None for a file."""
    return utc_text(recording.start) if recording.path is None else None
