"""Verdicts as examples to train on: sounds that are a label, and sounds that were taken for it and are not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from whipbird.activity.judged import verdicts_on
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.database.verdicts import KnownVerdicts
from whipbird.errors import SourceError, WhipbirdError
from whipbird.events.detection import Detection
from whipbird.events.verdict import Answer, Verdict
from whipbird.review.clip_sound import KeptClips, SoundPlace, place_of
from whipbird.review.judged_events import JudgedEvents

__all__ = ["Example", "examples"]


@dataclass(frozen=True, order=True)
class Example:
    """A sound that a person judged.

    Attributes
    ----------
    path : str
        The recording, or a clip that was kept of it.
    begin_s, end_s : float
        In seconds from the start of that file.
    label : str
    is_label : bool
        Whether the sound is what the label says: a new positive, or a hard negative.
    recording : str
        The recording, as it was named: sounds of one recording belong to the same part when examples are divided.
    answer : Answer
        Of the verdict; with `Answer.OTHER`, one of two examples is against its label, the other for the other label.
    model : str
        That found the sound, whose windows may be longer than the sound; empty if a person marked it.
    """

    path: str
    begin_s: float
    end_s: float
    label: str
    is_label: bool
    recording: str
    answer: Answer
    model: str


def examples(
    source: Path, clips: KeptClips | None = None, notify: Callable[[str], None] = lambda text: None
) -> list[Example]:
    """The judged sounds of a database, a scan, or a folder of embeddings that was searched, sorted.

    Sounds of which people were unsure are left out. One that is another label is an example against its label, and one
    for the other.

    Parameters
    ----------
    source : Path
    clips : KeptClips, optional
        Clips to use where a recording is gone.
    notify : callable
        Gets a line about sounds that are left out because neither is there.

    Raises
    ------
    WhipbirdError
        If it cannot be read.
    """
    known, recordings = _judged(source)
    found: dict[tuple[str, str, float, float], tuple[Verdict, RecordedEvents]] = {}
    for recording in recordings:
        for verdict in verdicts_on(recording, known):
            found[recording.source, verdict.label, verdict.begin_s, verdict.end_s] = verdict, recording
    result: set[Example] = set()
    missing: list[str] = []
    for verdict, recording in found.values():
        try:
            place = place_of(recording, _event(verdict, recording), clips)
        except SourceError as error:
            missing.append(str(error))
            continue
        result.update(_examples(verdict, place))
    if missing:
        notify(f"{len(missing)} of {len(found)} judged sounds are left out: {missing[0]}")
    return sorted(result)


def _judged(source: Path) -> tuple[KnownVerdicts, Iterable[RecordedEvents]]:
    """The verdicts, and the recordings that they may be about."""
    judged = JudgedEvents(source)
    if not judged.is_scan and source.is_dir():
        if not judged.store_path.exists():
            raise WhipbirdError(f"{source}: no database, no folder of a scan, and no verdicts in it")
        verdicts = judged.verdicts()
        return KnownVerdicts(verdicts), [_recording(path) for path in sorted({one.recording for one in verdicts})]
    return KnownVerdicts(judged.verdicts()), judged.recordings()


def _examples(verdict: Verdict, place: SoundPlace) -> Iterator[Example]:
    if verdict.right is None:
        return
    begin_s, end_s = max(0.0, verdict.begin_s + place.offset_s), verdict.end_s + place.offset_s
    about = verdict.recording, verdict.answer, verdict.model
    yield Example(place.path, begin_s, end_s, verdict.label, verdict.right, *about)
    if verdict.answer is Answer.OTHER and verdict.other:
        yield Example(place.path, begin_s, end_s, verdict.other, True, *about)


def _recording(path: str) -> RecordedEvents:
    """A recording that was judged in a search."""
    there = path if os.path.isabs(path) else None
    return RecordedEvents(path, there, None, None, "none", 0, 0, None, 0.0, 0.0, 0.0, ())


def _event(verdict: Verdict, recording: RecordedEvents) -> Detection:
    """The judged sound as an event, by which its clip is found."""
    middle_s = (verdict.begin_s + verdict.end_s) / 2
    own = [
        event.time
        for event in recording.detections
        if abs(event.begin_s - verdict.begin_s) < verdict.end_s - verdict.begin_s
    ]
    return Detection(
        label=verdict.label,
        begin_s=verdict.begin_s,
        peak_s=middle_s,
        end_s=verdict.end_s,
        reported_s=verdict.end_s,
        score=verdict.score or 0.0,
        source=recording.source,
        model=verdict.model,
        begin_sample=0,
        time=own[0] if own and own[0] is not None else None,
    )
