"""Whole recordings through the live path, as fast as they can be heard: its events, and all of its scores.

From the scores, `detect` gives the events that other settings would have given, without hearing anything again. It
leaves out the time in which nothing can happen, which is most of it, and what it finds is the same to the last bit: a
step at which no score has reached ``on`` for as long as the debouncer remembers, while no event is under way, changes
nothing but what is remembered; and where it goes on, it is given all that it would have remembered.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from whipbird.arrays import Doubles, Floats
from whipbird.engine.detector import ScoredHop
from whipbird.engine.run import run_source
from whipbird.events.debounce import Debouncer
from whipbird.events.detection import Detection
from whipbird.events.event_bounds import EventBounds
from whipbird.events.label_state import TOLERANCE, Event
from whipbird.events.relative_scores import watched_scores
from whipbird.events.reports import Report
from whipbird.events.settings import DebounceSettings
from whipbird.formats.annotation import Annotation
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird.sources.replay import Replay
from whipbird_train.evaluate.evaluation import Evaluation
from whipbird_train.evaluate.matching import AnnotatedRecording, DetectedEvent, Matching
from whipbird_train.evaluate.measures import HOUR_S

__all__ = [
    "Annotated",
    "RecordedScores",
    "Segment",
    "detect",
    "evaluated",
    "hours_of",
    "record_scores",
    "record_sound_scores",
]

SAME_S = 1e-6  # moments nearer than this are one


@dataclass(frozen=True, eq=False)
class Segment:
    """All scores of one unbroken stretch of sound.

    Attributes
    ----------
    begin_s : float
        When the first score begins to count.
    until_s, heard_s : arrays, shape (steps,)
        Until when each score counts, and how far the recording had been heard when it came.
    scores : array, shape (steps, labels)
    pauses : array of bool, shape (steps,)
        Where there is a pause between two words.
    levels_db : mapping of int to array, shape (frames,)
        Of the steps at which there may be a word, the levels of the last frames, see `whipbird.events.word_bounds`.
    """

    begin_s: float
    until_s: Doubles
    heard_s: Doubles
    scores: Floats
    pauses: NDArray[np.bool_]
    levels_db: Mapping[int, Floats] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RecordedScores:
    """What the live path made of a recording.

    Attributes
    ----------
    seconds : float
        Heard and lost.
    events : tuple of DetectedEvent
        Its events.
    """

    name: str
    seconds: float
    events: tuple[DetectedEvent, ...]
    segments: tuple[Segment, ...]


Annotated = list[tuple[RecordedScores, list[Annotation]]]
"""Recordings as they were heard, and what is in them."""


def hours_of(annotated: Annotated) -> float:
    """How much sound there is."""
    return sum(recorded.seconds for recorded, _ in annotated) / HOUR_S


def evaluated(annotated: Annotated, card: Card, matching: Matching) -> Evaluation:
    """How well a model heard them; the delay counts from the begin of calls and from the end of words."""
    recordings = [AnnotatedRecording(one.name, one.seconds, tuple(truth), one.events) for one, truth in annotated]
    return Evaluation.of(recordings, list(card.debounce), matching, "begin" if card.report == "end" else "end")


def record_scores(path: Path, model: Model) -> RecordedScores:
    """Hear a recording.

    Raises
    ------
    SourceError
        If it cannot be heard to its end: half a recording is no measure of anything.
    """
    source = Replay(str(path))
    source.open()
    events: list[DetectedEvent] = []
    segments: list[list[ScoredHop]] = []

    def tap(hop: ScoredHop) -> None:
        if not segments or abs(segments[-1][-1].until_s - hop.since_s) > SAME_S:
            segments.append([])
        segments[-1].append(replace(hop, scores=hop.scores.copy()))

    def publish(report: Report) -> None:
        if isinstance(report, Detection):
            events.append(DetectedEvent(report.begin_s, report.end_s, report.reported_s, report.label, report.score))

    outcome = run_source(source, [model], publish, taps=[tap])
    if outcome.failure is not None:
        raise outcome.failure
    seconds = outcome.summary.heard_s + outcome.summary.lost_s
    return RecordedScores(path.name, seconds, tuple(events), tuple(map(_segment, segments)))


def record_sound_scores(sound: Floats, rate_hz: int, model: Model) -> RecordedScores:
    """Hear sound, shape (samples,), that is in no file yet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        soundfile.write(path, sound, rate_hz, subtype="FLOAT")
        return record_scores(path, model)


def detect(recorded: RecordedScores, card: Card, settings: Mapping[str, DebounceSettings]) -> tuple[DetectedEvent, ...]:
    """The events that a card's model would have given with other settings, and where."""
    detected = []
    for segment in recorded.segments:
        bounds = EventBounds(
            segment.begin_s + card.reference_s,
            report=card.report,
            lead_s=card.lead_s,
            reference_s=card.reference_s,
            rate_hz=card.sample_rate_hz,
        )
        stop_s = float(segment.heard_s[-1])
        for event, number in _events(segment, card, settings):
            if bounds.reports(event, stop_s):
                now_s = float(segment.until_s[number]) + card.reference_s
                begin_s, end_s = bounds.locate(event, partial(segment.levels_db.get, number), now_s, stop_s)
                detected.append(DetectedEvent(begin_s, end_s, float(segment.heard_s[number]), event.label, event.score))
    return tuple(detected)


def _events(segment: Segment, card: Card, settings: Mapping[str, DebounceSettings]) -> Iterator[tuple[Event, int]]:
    """What the debouncer tells, and at which step."""
    debouncer = Debouncer(card.labels, settings, segment.begin_s, card.against)
    eventful = np.flatnonzero(_eventful(segment, card, settings))
    number = 0
    while number < len(segment.until_s):
        if not debouncer.active:
            after = np.searchsorted(eventful, number)
            if after == len(eventful):
                return
            if eventful[after] > number:  # nothing happens until then, and nothing is remembered
                number = int(eventful[after])
                debouncer.step(float(segment.until_s[number - 1]), segment.scores[number - 1], pause=True)
        events = debouncer.step(float(segment.until_s[number]), segment.scores[number], bool(segment.pauses[number]))
        yield from ((event, number) for event in events)
        number += 1
    yield from ((event, number - 1) for event in debouncer.finish())


def _eventful(segment: Segment, card: Card, settings: Mapping[str, DebounceSettings]) -> NDArray[np.bool_]:
    """Steps that must be walked although no event is under way, shape (steps,).

    These are the steps at which a score reaches its ``on``, what is remembered at them, and the time for which they are
    remembered.
    """
    labels = card.labels
    watched = [index for index, label in enumerate(labels) if label in settings]
    on = np.array([settings[labels[index]].on for index in watched]) - TOLERANCE
    memory_s = max((settings[labels[index]].smooth_s for index in watched), default=0.0)
    start_s = np.concatenate(([segment.begin_s], segment.until_s[:-1]))
    high = np.flatnonzero((watched_scores(segment.scores, watched, card.against) >= on).any(axis=1))
    first = np.searchsorted(segment.until_s, start_s[high] - memory_s, side="right")
    beyond = np.searchsorted(start_s, segment.until_s[high] + memory_s, side="right")
    edges = np.zeros(len(start_s) + 1, np.intp)
    np.add.at(edges, first, 1)
    np.add.at(edges, beyond, -1)
    return np.cumsum(edges[:-1]) > 0


def _segment(hops: Sequence[ScoredHop]) -> Segment:
    return Segment(
        hops[0].since_s,
        np.array([hop.until_s for hop in hops]),
        np.array([hop.heard_s for hop in hops]),
        np.stack([hop.scores for hop in hops]),
        np.array([hop.pause for hop in hops]),
        {number: hop.levels_db for number, hop in enumerate(hops) if hop.levels_db is not None},
    )
