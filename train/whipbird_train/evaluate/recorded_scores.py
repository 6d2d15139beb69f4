"""Run whole recordings through the live path at full speed, and keep its events and all scores.

From the scores, `detect` gives the events that other debounce settings would give, without running the model again. It
skips the time in which nothing can happen, which is most of it, and still finds the same events to the last bit. While
no event is active, a step changes only the debouncer's memory if no score has reached ``on`` for as long as that memory
lasts. Where `detect` resumes, it feeds the debouncer every step that the memory would hold.

Of a model that reports thousands of labels, only those count that are annotated, or that score at least `LEAST` in some
window: the others have no events at any threshold that is tried.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from whipbird.arrays import Doubles, Floats
from whipbird.audio.clock import MODIFIED
from whipbird.engine.detector import ScoredHop
from whipbird.engine.report_rules import ReportRules
from whipbird.engine.run import run_source
from whipbird.events.debounce import Debouncer
from whipbird.events.detection import Detection
from whipbird.events.event_bounds import EventBounds
from whipbird.events.label_state import TOLERANCE, Event
from whipbird.events.reports import Report
from whipbird.events.settings import DebounceSettings
from whipbird.events.watched_labels import WatchedLabels
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
    "ScoredSegment",
    "detect",
    "evaluated",
    "hours_of",
    "record_scores",
    "record_sound_scores",
    "relevant_labels",
    "united",
]

MOST_LABELS = 100  # of a model, that all count
LEAST = 0.01  # score
SAME_S = 1e-6  # times closer than this are equal


@dataclass(frozen=True, eq=False)
class ScoredSegment:
    """All scores of one segment of sound without a long gap.

    Attributes
    ----------
    begin_s : float
        Start of the time to which the first score applies.
    until_s, heard_s : arrays, shape (steps,)
        End of the time to which each score applies, and how far the recording had been processed when it was computed.
    scores : array, shape (steps, labels)
    pauses : array of bool, shape (steps,)
        Whether the step is in a pause between two words.
    levels_db : mapping of int to array, shape (frames,)
        For each step at which there may be a word, the levels of the last frames (see `whipbird.events.word_bounds`).
    labels : tuple of str or None
        Whose scores these are; None for those of the card.
    """

    begin_s: float
    until_s: Doubles
    heard_s: Doubles
    scores: Floats
    pauses: NDArray[np.bool_]
    levels_db: Mapping[int, Floats] = field(default_factory=dict)
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class RecordedScores:
    """Events and scores that the live path gives for a recording.

    Attributes
    ----------
    seconds : float
        Length of the recording: time processed, lost and below a recorder's trigger.
    below_trigger_s : float
        Part of it that the recorder left out, in which there can be no false alarm.
    judged : tuple of (float, float) or None
        Spans in which events are judged, sorted and apart, in seconds; None for the whole recording.
    """

    name: str
    seconds: float
    events: tuple[DetectedEvent, ...]
    segments: tuple[ScoredSegment, ...]
    below_trigger_s: float = 0.0
    judged: tuple[tuple[float, float], ...] | None = None

    @property
    def recorded_s(self) -> float:
        """Seconds that were recorded, and are judged."""
        if self.judged is not None:
            return sum(end_s - begin_s for begin_s, end_s in self.judged)
        return self.seconds - self.below_trigger_s

    def judges(self, event: DetectedEvent) -> bool:
        """Whether an event is right or wrong: it overlaps what is judged."""
        spans = self.judged
        return spans is None or any(event.begin_s <= end_s and event.end_s >= begin_s for begin_s, end_s in spans)

    def within(self, truth: Iterable[Annotation]) -> RecordedScores:
        """The same, judged only where something is annotated."""
        return replace(self, judged=united((one.begin_s, one.end_s) for one in truth))


def united(spans: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Spans as sorted ones that are apart."""
    found: list[tuple[float, float]] = []
    for begin_s, end_s in sorted(spans):
        if found and begin_s <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end_s)
        else:
            found.append((begin_s, end_s))
    return tuple(found)


Annotated = list[tuple[RecordedScores, list[Annotation]]]
"""Scored recordings, each with its annotations."""


def hours_of(annotated: Annotated) -> float:
    """Total length of the recordings, without what a trigger left out, in hours."""
    return sum(recorded.recorded_s for recorded, _ in annotated) / HOUR_S


def evaluated(annotated: Annotated, card: Card, matching: Matching) -> Evaluation:
    """Evaluate the events of a model; the delay counts from the start of calls and from the end of words."""
    labels = _among(card, _annotated(annotated), (event.label for one, _ in annotated for event in one.events))
    counted = set(labels)
    recordings = [
        AnnotatedRecording(
            one.name,
            one.recorded_s,
            tuple(truth),
            tuple(filter(one.judges, (event for event in one.events if event.label in counted))),
        )
        for one, truth in annotated
    ]
    return Evaluation.of(recordings, labels, matching, "begin" if card.report == "end" else "end")


def relevant_labels(annotated: Annotated, card: Card) -> list[str]:
    """The labels that count, of those that the card reports and in their order."""
    scored = (label for one, _ in annotated for segment in one.segments for label in _labels_of(segment, card))
    return _among(card, _annotated(annotated), scored)


def _labels_of(segment: ScoredSegment, card: Card) -> Sequence[str]:
    return card.labels if segment.labels is None else segment.labels


def _annotated(annotated: Annotated) -> set[str]:
    return {annotation.name for _, truth in annotated for annotation in truth}


def _among(card: Card, annotated: set[str], found: Iterable[str]) -> list[str]:
    """The labels that a card reports and that count.

    If there are too many for all to count, those that were found; those that are no species only if annotated.
    """
    if len(card.debounce) <= MOST_LABELS:
        return list(card.debounce)
    known = annotated | (set(found) - set(card.not_species))
    return [label for label in card.debounce if label in known]


def record_scores(path: Path, model: Model, rules: ReportRules | None = None) -> RecordedScores:
    """Run a recording through the live path.

    Labels that the rules do not report at the time of the recording have no events, and scores of 0.

    Raises
    ------
    SourceError
        If it cannot be read to its end: half a recording would give wrong measures.
    """
    source = Replay(str(path))
    source.open()
    events: list[DetectedEvent] = []
    segments: list[list[ScoredHop]] = []

    hidden = np.zeros(len(model.card.labels), bool)
    if rules is not None:
        time = source.clock.start if source.clock.origin != MODIFIED else None
        reported = rules.labels_at(time)
        hidden = np.array([label not in reported for label in model.card.labels])

    def tap(hop: ScoredHop) -> None:
        if not segments or abs(segments[-1][-1].until_s - hop.since_s) > SAME_S:
            segments.append([])
        segments[-1].append(replace(hop, scores=np.where(hidden, np.float32(0.0), hop.scores)))

    def publish(report: Report) -> None:
        if isinstance(report, Detection):
            events.append(DetectedEvent(report.begin_s, report.end_s, report.reported_s, report.label, report.score))

    outcome = run_source(source, [model], publish, taps=[tap], rules=None if rules is None else [rules])
    if outcome.failure is not None:
        raise outcome.failure
    summary = outcome.summary
    scored = tuple(_segment(hops, model.card) for hops in segments)
    return RecordedScores(path.name, summary.elapsed_s, tuple(events), scored, summary.below_trigger_s)


def record_sound_scores(sound: Floats, rate_hz: int, model: Model) -> RecordedScores:
    """Run sound that is in no file, shape (samples,), through the live path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        soundfile.write(path, sound, rate_hz, subtype="FLOAT")
        return record_scores(path, model)


def detect(recorded: RecordedScores, card: Card, settings: Mapping[str, DebounceSettings]) -> tuple[DetectedEvent, ...]:
    """The events that a card's model would report with these settings, as far as they are judged."""
    detected = []
    for segment in recorded.segments:
        bounds = EventBounds(
            segment.begin_s + (0.0 if card.is_whole else card.reference_s),
            report=card.report,
            lead_s=card.lead_s,
            trim_s=card.trim_s,
            hop_s=card.hop_s,
            reference_s=card.reference_s,
            rate_hz=card.sample_rate_hz,
        )
        stop_s = float(segment.heard_s[-1])
        for event, number in _events(segment, card, settings):
            if bounds.reports(event, stop_s):
                now_s = float(segment.until_s[number]) + card.reference_s
                begin_s, end_s = bounds.locate(event, partial(segment.levels_db.get, number), now_s, stop_s)
                detected.append(DetectedEvent(begin_s, end_s, float(segment.heard_s[number]), event.label, event.score))
    return tuple(filter(recorded.judges, detected))


def _events(
    segment: ScoredSegment, card: Card, settings: Mapping[str, DebounceSettings]
) -> Iterator[tuple[Event, int]]:
    """Events from the debouncer, each with the step at which it is reported."""
    labels = _labels_of(segment, card)
    own = {label: settings[label] for label in labels if label in settings}
    watched = WatchedLabels(labels, own, card.against)
    debouncer = Debouncer(watched, segment.begin_s)
    scores = watched.scores(segment.scores)
    eventful = np.flatnonzero(_eventful(segment, watched, scores))
    number = 0
    while number < len(segment.until_s):
        if not debouncer.active:
            after = np.searchsorted(eventful, number)
            if after == len(eventful):
                return
            if eventful[after] > number:  # nothing happens before that step, and nothing earlier is in memory
                number = int(eventful[after])
                debouncer.step_watched(float(segment.until_s[number - 1]), scores[number - 1], pause=True)
        events = debouncer.step_watched(float(segment.until_s[number]), scores[number], bool(segment.pauses[number]))
        yield from ((event, number) for event in events)
        number += 1
    end_s = float(segment.heard_s[-1]) if card.is_whole else -math.inf
    yield from ((event, number - 1) for event in debouncer.finish(end_s))


def _eventful(segment: ScoredSegment, watched: WatchedLabels, scores: Doubles) -> NDArray[np.bool_]:
    """Steps that must be debounced even while no event is active, shape (steps,).

    These are the steps at which a score reaches its ``on``, the steps in memory at that time, and the steps for which
    they stay in memory.
    """
    memory_s = watched.memory_s
    start_s = np.concatenate(([segment.begin_s], segment.until_s[:-1]))
    high = np.flatnonzero((scores >= watched.on).any(axis=1))
    first = np.searchsorted(segment.until_s, start_s[high] - memory_s, side="right")
    beyond = np.searchsorted(start_s, segment.until_s[high] + memory_s, side="right")
    edges = np.zeros(len(start_s) + 1, np.intp)
    np.add.at(edges, first, 1)
    np.add.at(edges, beyond, -1)
    return np.cumsum(edges[:-1]) > 0


def _segment(hops: Sequence[ScoredHop], card: Card) -> ScoredSegment:
    scores, labels = np.stack([hop.scores for hop in hops]), None
    if len(card.debounce) > MOST_LABELS and card.against == "all":  # scores that are relative need all others
        least = min(
            LEAST, *(one.on for own in (card.debounce, *card.operating_points.values()) for one in own.values())
        )
        kept = np.flatnonzero((scores >= least - TOLERANCE).any(axis=0))
        scores, labels = scores[:, kept], tuple(card.labels[number] for number in kept)
    return ScoredSegment(
        hops[0].since_s,
        np.array([hop.until_s for hop in hops]),
        np.array([hop.heard_s for hop in hops]),
        scores,
        np.array([hop.pause for hop in hops]),
        {number: hop.levels_db for number, hop in enumerate(hops) if hop.levels_db is not None},
        labels,
    )
