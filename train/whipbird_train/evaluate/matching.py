"""Match the events of one recording with its annotations, to find which events are right.

An event can match an annotation if both have exactly the same label and if their starts (middles, ends) are no farther
apart than the tolerance. Each event is paired with at most one annotation, and each annotation with at most one event.
One long event over two words is therefore one hit and one miss, and two events on one word are one hit and one false
alarm. The number of pairs is the greatest possible. Among all matchings with that many pairs, the one with the smallest
sum of squared distances is taken: it keeps events and annotations in order of time, and delays are measured from the
nearest words. One linear assignment gives both: a pair beyond the tolerance costs more than all pairs within it
together (Crouse 2016, doi 10.1109/TAES.2016.140952).

Models that score long windows tell when a species sings, not how many songs there are: one event may cover several
songs. Their events are matched by overlap instead: each annotation is paired with the event of its label that overlaps
it most, and each event that is in no pair but overlaps an annotation of its label is unjudged.

All times are in seconds from the start of the recording. Annotations and events may come in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from whipbird.arrays import Doubles
from whipbird.formats.annotation import Annotation
from whipbird.models.card import Card

__all__ = [
    "CALLS",
    "MATCHING",
    "SONGS",
    "WORDS",
    "AnnotatedRecording",
    "DetectedEvent",
    "Matched",
    "Matching",
    "Moment",
    "explained",
    "match",
    "usual_matching",
]

Moment = Literal["begin", "middle", "end", "overlap"]

ROUNDING_S = 1e-6  # a distance that exceeds the tolerance by this much still counts as equal to it


@dataclass(frozen=True, order=True)
class DetectedEvent:
    """An event that the detector reported.

    Attributes
    ----------
    begin_s, end_s : float
        Its start and end.
    reported_s : float
        How far the recording had been processed when the event was reported.
    score : float
        Between 0 and 1.
    """

    begin_s: float
    end_s: float
    reported_s: float
    label: str
    score: float


@dataclass(frozen=True)
class AnnotatedRecording:
    """A recording with its annotations and the events detected in it.

    Attributes
    ----------
    seconds : float
        Length, without what a recorder's trigger left out.
    truth : tuple of Annotation
        Every sound with a label that the model reports, and perhaps sounds of the background.
    """

    name: str
    seconds: float
    truth: tuple[Annotation, ...]
    events: tuple[DetectedEvent, ...]


@dataclass(frozen=True)
class Matching:
    """When an event matches an annotation of its label.

    Attributes
    ----------
    tolerance_s : float
        Largest distance between the two, inclusive; at least 0.
    at : "begin", "middle", "end" or "overlap"
        The moment of both that is compared; or whether they overlap, or are no farther apart than the tolerance.

    Raises
    ------
    ValueError
        If the tolerance is negative or not a number.
    """

    tolerance_s: float
    at: Moment = "begin"

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance_s < np.inf:
            raise ValueError(f"the tolerance must be at least 0 seconds, not {self.tolerance_s}")

    @property
    def reach_s(self) -> float:
        """The tolerance plus what rounding may add to a distance."""
        return self.tolerance_s + ROUNDING_S

    def times_s(self, sounds: Sequence[Annotation] | Sequence[DetectedEvent]) -> Doubles:
        """The moment of each sound that is compared: shape (sounds,)."""
        start, end = np.array([(sound.begin_s, sound.end_s) for sound in sounds], float).reshape(-1, 2).T
        return {"begin": start, "middle": (start + end) / 2, "end": end}[self.at if self.at != "overlap" else "middle"]


WORDS = Matching(0.5, "middle")  # a word is reported as soon as it is certain, before its end is known
CALLS = Matching(1.0, "begin")
SONGS = Matching(1.0, "overlap")  # in windows of some seconds
MATCHING = "matching"  # in the results of a card: how a model was judged
MOMENTS = {"begin": "start", "middle": "middle", "end": "end"}


def usual_matching(card: Card) -> Matching:
    """The matching for a model: the one that it was judged by, if its card says so; otherwise what suits its events.

    These are what overlaps its windows, the starts of calls, or the middles of words.
    """
    if MATCHING in card.results:
        return Matching(**card.results[MATCHING])
    return SONGS if card.windows == "whole" else CALLS if card.report == "end" else WORDS


def explained(matching: Matching, card: Card) -> str:
    """One line about a matching, and why it suits the model."""
    within = f"within {matching.tolerance_s:g} s"
    if matching.at == "overlap":
        rule = f"an event is right if it overlaps an annotation of its label, or is {within} of it"
        why = (
            "it scores long windows, so that one event may cover several songs"
            if card.windows == "whole"
            else "it was trained on clips, which do not say for certain where a call begins"
        )
    else:
        rule = f"an event is right if its {MOMENTS[matching.at]} is {within} of that of an annotation of its label"
        why = "it reports calls, when they have ended" if card.report == "end" else "it reports words, as they are said"
    usual = usual_matching(card).tolerance_s
    chosen = "" if matching.tolerance_s == usual else f"; the usual tolerance is {usual:g} s"
    return f"{rule} ({card.name}: {why}{chosen})"


@dataclass(frozen=True)
class Matched:
    """Result of matching one recording: indices of annotations and events, in the order given.

    Attributes
    ----------
    pairs : list of (int, int)
        Annotation and event of the same label: the hits. If they are matched by overlap, an event may be in several.
    confused : list of (int, int)
        Annotation and event of different labels, among those that are in no pair.
    missed : list of int
        Certain annotations in no pair, including those in ``confused``.
    false : list of int
        Events in no pair, including those in ``confused``.
    unjudged : list of int
        Events that are neither right nor wrong, because they are near an uncertain annotation of their name, or
        because another event was paired with what they overlap.
    """

    pairs: list[tuple[int, int]]
    confused: list[tuple[int, int]]
    missed: list[int]
    false: list[int]
    unjudged: list[int]


def match(truth: Sequence[Annotation], detected: Sequence[DetectedEvent], matching: Matching) -> Matched:
    """Match the events of one recording with its annotations.

    Uncertain annotations (``no?``) are never missed. All events of their name (``no``) that are not paired with a
    certain annotation are unjudged if they overlap the uncertain one or are within the tolerance of it.

    The remaining events and certain annotations are then matched in the same way, regardless of their labels. These
    pairs show which labels were confused.
    """
    truth_at, detected_at = matching.times_s(truth), matching.times_s(detected)
    # Sorted by time, so that neither the indices nor the choice between equals depend on the order given.
    certain = [n for n in range(len(truth)) if not truth[n].uncertain]
    certain.sort(key=lambda n: (truth_at[n], truth[n]))
    events = sorted(range(len(detected)), key=lambda n: (detected_at[n], detected[n]))

    def pair(truths: list[int], events: list[int]) -> list[tuple[int, int]]:
        if matching.at == "overlap":
            near = _overlapping([truth[n] for n in truths], [detected[n] for n in events], matching.reach_s)
            return [(truths[one], events[other]) for one, other in near]
        near = _pair_times(truth_at[truths], detected_at[events], matching.reach_s)
        return [(truths[one], events[other]) for one, other in near]

    pairs = []
    for label in {event.label for event in detected}:
        pairs += pair(
            [n for n in certain if truth[n].label == label],
            [n for n in events if detected[n].label == label],
        )
    paired_truth, paired_events = {one for one, _ in pairs}, {other for _, other in pairs}
    missed = [n for n in certain if n not in paired_truth]
    rest = [n for n in events if n not in paired_events]
    uncertain = [one for one in truth if one.uncertain or matching.at == "overlap"]
    unjudged = [n for n in rest if any(_is_near(detected[n], annotation, matching.reach_s) for annotation in uncertain)]
    false = [n for n in rest if n not in set(unjudged)]
    return Matched(sorted(pairs), sorted(pair(missed, false)), sorted(missed), sorted(false), sorted(unjudged))


def _is_near(event: DetectedEvent, annotation: Annotation, reach_s: float) -> bool:
    near = event.begin_s <= annotation.end_s + reach_s and event.end_s >= annotation.begin_s - reach_s
    return near and event.label == annotation.name


def _overlapping(
    truth: Sequence[Annotation], detected: Sequence[DetectedEvent], reach_s: float
) -> list[tuple[int, int]]:
    """For each annotation, the event that overlaps it most, or is nearest to it within the reach."""
    if not truth or not detected:
        return []
    (begin, end), (event_begin, event_end) = (
        np.array([(sound.begin_s, sound.end_s) for sound in sounds]).T for sounds in (truth, detected)
    )
    overlap_s = np.minimum.outer(end, event_end) - np.maximum.outer(begin, event_begin)  # negative: a distance
    best = overlap_s.argmax(axis=1)
    return [(one, int(other)) for one, other in enumerate(best) if overlap_s[one, other] >= -reach_s]


def _pair_times(truth_at: Doubles, detected_at: Doubles, reach_s: float) -> list[tuple[int, int]]:
    """Pair the indices of two sorted lists of times; gaps longer than the reach separate independent groups."""
    times = np.sort(np.concatenate((truth_at, detected_at)))
    starts = times[1:][np.diff(times) > reach_s]
    pairs = []
    truth_from, detected_from = 0, 0
    for start in (*starts, np.inf):
        truth_to, detected_to = (int(np.searchsorted(at, start)) for at in (truth_at, detected_at))
        near = _closest(truth_at[truth_from:truth_to], detected_at[detected_from:detected_to], reach_s)
        pairs += [(truth_from + one, detected_from + other) for one, other in near]
        truth_from, detected_from = truth_to, detected_to
    return pairs


def _closest(truth_at: Doubles, detected_at: Doubles, reach_s: float) -> list[tuple[int, int]]:
    """The greatest possible number of pairs, with the smallest distances."""
    # In whole units of the rounding, so that equal distances are equal at any time in the recording.
    distance, reach = np.rint(np.abs(np.subtract.outer(truth_at, detected_at)) / ROUNDING_S), reach_s / ROUNDING_S
    near = distance <= reach
    # One pair out of reach costs more than all pairs within reach together.
    cost = np.where(near, distance**2, (min(near.shape) + 1) * (reach**2 + 1))
    chosen = zip(*linear_sum_assignment(cost), strict=True)
    return [(int(one), int(other)) for one, other in chosen if near[one, other]]
