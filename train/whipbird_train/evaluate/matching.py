"""Which of the reported events are right: the events of one recording matched with its annotations.

An event can be right about an annotation if both have the same label, compared exactly, and if its begin (middle, end)
lies at most the tolerance away from the annotation's. Each event is paired with one annotation at most, and each
annotation with one event, so that one long event over two words is one hit and one miss, and two events on one word are
one hit and one false alarm. The number of pairs is the greatest possible one. Of all ways to have that many pairs, the
one with the smallest sum of squared distances is taken: it leaves events and annotations in their order in time, and
delays are measured from the nearest words. Both follow from one linear assignment, in which a pair out of reach costs
more than all pairs within reach together (Crouse 2016, doi 10.1109/TAES.2016.140952).

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

__all__ = ["CALLS", "WORDS", "AnnotatedRecording", "DetectedEvent", "Matched", "Matching", "Moment", "match"]

Moment = Literal["begin", "middle", "end"]

ROUNDING_S = 1e-6  # so much further than the tolerance is still at the tolerance


@dataclass(frozen=True, order=True)
class DetectedEvent:
    """An event that the detector reported.

    Attributes
    ----------
    begin_s, end_s : float
        Where it lies.
    reported_s : float
        How far the recording had been heard when it was reported.
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
    """A recording, what is in it, and what was heard in it.

    Attributes
    ----------
    seconds : float
        How long it is.
    truth : tuple of Annotation
        Everything there is of the labels that are reported, and perhaps background.
    """

    name: str
    seconds: float
    truth: tuple[Annotation, ...]
    events: tuple[DetectedEvent, ...]


@dataclass(frozen=True)
class Matching:
    """When an event is right about an annotation of its label.

    Attributes
    ----------
    tolerance_s : float
        How far apart they may lie, at least 0. Exactly that far is near enough.
    at : "begin", "middle" or "end"
        Which part of both is compared.

    Raises
    ------
    ValueError
        If the tolerance is negative or not a number.
    """

    tolerance_s: float
    at: Moment = "begin"

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance_s < np.inf:
            raise ValueError(f"the tolerance is at least 0 seconds, not {self.tolerance_s}")

    @property
    def reach_s(self) -> float:
        """The tolerance and what rounding may add to a distance."""
        return self.tolerance_s + ROUNDING_S

    def times_s(self, sounds: Sequence[Annotation] | Sequence[DetectedEvent]) -> Doubles:
        """Time of the part that is compared: shape (sounds,)."""
        start, end = np.array([(sound.begin_s, sound.end_s) for sound in sounds], float).reshape(-1, 2).T
        return {"begin": start, "middle": (start + end) / 2, "end": end}[self.at]


WORDS = Matching(0.5, "middle")  # as soon as a word is certain it is reported, before its end is known
CALLS = Matching(1.0, "begin")


@dataclass(frozen=True)
class Matched:
    """What became of the annotations and events of one recording, by their numbers in the order given.

    Attributes
    ----------
    pairs : list of (int, int)
        Annotation and event of the same label: the hits.
    confused : list of (int, int)
        Annotation and event of different labels, among those without a pair.
    missed : list of int
        Certain annotations without a pair, those in ``confused`` included.
    false : list of int
        Events without a pair, those in ``confused`` included.
    unjudged : list of int
        Events that are neither right nor wrong, since they lie at an uncertain annotation of their name.
    """

    pairs: list[tuple[int, int]]
    confused: list[tuple[int, int]]
    missed: list[int]
    false: list[int]
    unjudged: list[int]


def match(truth: Sequence[Annotation], detected: Sequence[DetectedEvent], matching: Matching) -> Matched:
    """Match the events of one recording with its annotations.

    Uncertain annotations (``no?``) are never missed. Events of their name (``no``) without a certain pair, any number
    of them, are unjudged where they overlap the annotation or lie at most the tolerance away from it.

    Afterwards the events and certain annotations that are left over are matched in the same way whatever their
    labels, which tells what was confused with what.
    """
    truth_at, detected_at = matching.times_s(truth), matching.times_s(detected)
    # In order of time neither the numbers nor the choice among equals depend on the order given.
    certain = [n for n in range(len(truth)) if not truth[n].uncertain]
    certain.sort(key=lambda n: (truth_at[n], truth[n]))
    events = sorted(range(len(detected)), key=lambda n: (detected_at[n], detected[n]))

    def pair(truths: list[int], events: list[int]) -> list[tuple[int, int]]:
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
    uncertain = [annotation for annotation in truth if annotation.uncertain]
    unjudged = [n for n in rest if any(_is_near(detected[n], annotation, matching.reach_s) for annotation in uncertain)]
    false = [n for n in rest if n not in set(unjudged)]
    return Matched(sorted(pairs), sorted(pair(missed, false)), sorted(missed), sorted(false), sorted(unjudged))


def _is_near(event: DetectedEvent, annotation: Annotation, reach_s: float) -> bool:
    near = event.begin_s <= annotation.end_s + reach_s and event.end_s >= annotation.begin_s - reach_s
    return near and event.label == annotation.name


def _pair_times(truth_at: Doubles, detected_at: Doubles, reach_s: float) -> list[tuple[int, int]]:
    """Pairs of numbers of two sorted lists of times; what lies beyond gaps of more than the reach is independent."""
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
    """The greatest number of pairs, and of these the closest."""
    # In whole units of the rounding: equal distances are then equal wherever in time they lie.
    distance, reach = np.rint(np.abs(np.subtract.outer(truth_at, detected_at)) / ROUNDING_S), reach_s / ROUNDING_S
    near = distance <= reach
    # One pair out of reach costs more than all pairs within it together.
    cost = np.where(near, distance**2, (min(near.shape) + 1) * (reach**2 + 1))
    chosen = zip(*linear_sum_assignment(cost), strict=True)
    return [(int(one), int(other)) for one, other in chosen if near[one, other]]
