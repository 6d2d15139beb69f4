"""Judge networks by events: calls of recordings that a network was not trained on, and unseen background.

For each fold, streams run through the live path: the clips of its calls, one after the other as they were cut, its
background, and its other sounds, which were chosen and so say nothing about an hour. In the first, only the calls
themselves are judged, because a clip's margins may hold others; an event that overlaps a call is right, because clips
do not say for certain where their call begins. The thresholds for a fold are chosen on all other folds, so that its
results chose nothing; those that ship are chosen on all of them.

There is little background to choose by, often some minutes. A single sound in it would decide the threshold if one
false alarm were all that is allowed. So three are allowed in all of a short background, the most that a network with
none there may be expected to have in as much again; the card's smoothing stays; and what a network takes for background
rather than for a call is not reported, however few false alarms there were. Within what is allowed, a call is worth
four false alarms: the network that ships has learned from all clips, and tells calls and background apart better than
the networks of the folds by which the threshold is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from whipbird.events.settings import DebounceSettings
from whipbird.formats.annotation import Annotation
from whipbird.models.card import BALANCED, Card
from whipbird.models.model import Model
from whipbird_train.calls.sounds import Call, Quiet, Sounds
from whipbird_train.evaluate.calibration import Counts, Point, as_card, attainable, chosen_points, count
from whipbird_train.evaluate.intervals import poisson_rate, share
from whipbird_train.evaluate.matching import SONGS
from whipbird_train.evaluate.recorded_scores import Annotated, RecordedScores, detect, evaluated, record_sound_scores

__all__ = ["FEWEST", "Fold", "Judgement", "Seen", "judged", "scored", "seen"]

FADE_S = 0.01
PAUSE_S = 0.5  # of silence between two pieces
LEAST_ON = 0.5  # threshold
PRICE = 0.25  # calls that a false alarm has to gain
FEWEST = 3.0  # false alarms in a background; the upper end of the interval of none, at 95 %


@dataclass(frozen=True, eq=False)
class Fold:
    """Scores of what a network was not trained on.

    Attributes
    ----------
    heard : list of (RecordedScores, list of Annotation)
        Of calls, and of background, without annotations.
    background : sequence of Quiet
        In the order of its stream.
    others : RecordedScores or None
        Of other sounds, each of which is a judged span.
    reviewed : Fold or None
        What of it people judged in reviews and searches.
    """

    heard: Annotated
    background: Sequence[Quiet] = ()
    others: RecordedScores | None = None
    reviewed: Fold | None = None


@dataclass(frozen=True)
class Seen:
    """Calls and how many were detected; other sounds and how many were taken for calls."""

    calls: int = 0
    hits: int = 0
    others: int = 0
    mistaken: int = 0

    def __add__(self, other: Seen) -> Seen:
        return Seen(
            self.calls + other.calls,
            self.hits + other.hits,
            self.others + other.others,
            self.mistaken + other.mistaken,
        )


@dataclass(frozen=True, eq=False)
class Judgement:
    """Results of a network on recordings that it was not trained on.

    Attributes
    ----------
    calls, hits : int
    doubled : int
        Events at calls that were already detected.
    false : int
        Events in the background.
    hours : float
        Of background.
    others, mistaken : int
        Other sounds, and those of them that were taken for calls.
    points : mapping of str to Point
        Operating points chosen on everything.
    suspects : tuple of (str, float, float)
        File, time in it, and score of false alarms that score like calls, highest first.
    reviewed : Seen
        Of what people judged in reviews and searches.
    """

    calls: int
    hits: int
    doubled: int
    false: int
    hours: float
    others: int
    mistaken: int
    points: Mapping[str, Point]
    suspects: tuple[tuple[str, float, float], ...] = ()
    reviewed: Seen = Seen()

    @property
    def worth(self) -> float:
        """What it is compared by: the share of calls detected, less what false alarms would cost."""
        return (self.hits - self.doubled - self.false - self.mistaken) / max(self.calls, 1)

    def as_dict(self) -> dict[str, Any]:
        """Results for JSON; an interval is a list of its value, low and high end."""
        return {
            "calls": self.calls,
            "recall": share(self.hits, self.calls).as_list(),
            "precision": share(self.hits, self.hits + self.doubled + self.false).as_list(),
            "false_alarms": self.false,
            "background_hours": round(self.hours, 4),
            "other_sounds": self.others,
            "other_sounds_mistaken": self.mistaken,
            "false_alarms_per_hour": poisson_rate(self.false, self.hours).as_list(),
        }


def scored(sounds: Sounds, labels: Sequence[str], model: Model, least_s: float) -> Fold:
    """Scores of a model in the streams of some sounds, and in those that people judged alone.

    No event is judged where nothing is known.

    Parameters
    ----------
    labels : sequence of str
        Of the numbers of calls, from 0 on.
    least_s : float
        Calls count from this length on; a shorter one is judged as if it were as long.
    """
    own = sounds.judged
    reviewed = _scored(own, labels, model, least_s) if own.sources else None
    return replace(_scored(sounds, labels, model, least_s), reviewed=reviewed)


def _scored(sounds: Sounds, labels: Sequence[str], model: Model, least_s: float) -> Fold:
    rate_hz = sounds.rate_hz
    heard: Annotated = []
    if sounds.calls:
        stream, truth = _call_stream(sounds.calls, labels, rate_hz, least_s)
        heard.append((record_sound_scores(stream, rate_hz, model).within(truth), truth))
    background, others = sounds.pieces(is_other=False), sounds.pieces(is_other=True)
    if background:
        heard.append((_quiet(background, rate_hz, model), []))
    return Fold(heard, background, _quiet(others, rate_hz, model) if others else None)


def seen(fold: Fold, card: Card, settings: Mapping[str, DebounceSettings]) -> Seen:
    """What a model detects of calls and of other sounds with some settings."""
    calls = [(replace(one, events=detect(one, card, settings)), truth) for one, truth in fold.heard if truth]
    hits = evaluated(calls, card, SONGS).overall.hits if calls else 0
    spans = () if fold.others is None else fold.others.judged or ()
    events = () if fold.others is None else detect(fold.others, card, settings)
    mistaken = sum(any(e.begin_s < end_s and e.end_s > begin_s for e in events) for begin_s, end_s in spans)
    return Seen(sum(len(truth) for _, truth in calls), hits, len(spans), mistaken)


def _quiet(pieces: Sequence[Quiet], rate_hz: int, model: Model) -> RecordedScores:
    """Scores in a stream of pieces without calls."""
    waves = [one.wave for one in pieces]
    starts_s = _starts_s(waves, rate_hz)
    spans = tuple((start_s, start_s + len(wave) / rate_hz) for start_s, wave in zip(starts_s, waves, strict=True))
    return replace(record_sound_scores(_joined(waves, rate_hz), rate_hz, model), judged=spans)


def _call_stream(
    calls: Sequence[Call], labels: Sequence[str], rate_hz: int, least_s: float
) -> tuple[np.ndarray, list[Annotation]]:
    waves = [one.wave for one in calls]
    truth = []
    for one, start_s in zip(calls, _starts_s(waves, rate_hz), strict=True):
        begin_s, end_s = start_s + one.begin / rate_hz, start_s + one.end / rate_hz
        truth.append(Annotation(begin_s, max(end_s, begin_s + least_s), labels[one.label]))
    return _joined(waves, rate_hz), truth


def _starts_s(waves: Sequence[np.ndarray], rate_hz: int) -> list[float]:
    """Where each piece of a stream starts."""
    pause = round(PAUSE_S * rate_hz)
    starts = pause + np.concatenate(([0], np.cumsum([len(wave) + pause for wave in waves[:-1]])))
    return [float(start / rate_hz) for start in starts]


def _joined(waves: Sequence[np.ndarray], rate_hz: int) -> np.ndarray:
    """Pieces one after the other, each with faded ends, and silence before each and at the end."""
    pause = np.zeros(round(PAUSE_S * rate_hz), np.float32)
    pieces = [pause]
    for wave in waves:
        faded, length = wave.copy(), min(round(FADE_S * rate_hz), len(wave) // 2)
        ramp = np.linspace(0, 1, length, dtype=np.float32)
        faded[:length] *= ramp
        faded[len(faded) - length :] *= ramp[::-1]
        pieces += [faded, pause]
    return np.concatenate(pieces)


def judged(folds: Sequence[Fold], card: Card, target_per_hour: float, rate_hz: int) -> Judgement:
    """Judge a network by what its folds scored, each by a network that was not trained on it."""
    counts = [count(one.heard, card, SONGS, numbers=as_card()) for one in folds]
    hits = doubled = false = calls = 0
    others = reviewed = Seen()
    for number, (fold, own) in enumerate(zip(folds, counts, strict=True)):
        rest = reduce(add, [*counts[:number], *counts[number + 1 :]])
        point = _points(rest, card, target_per_hour)[BALANCED]
        calls += own.annotations
        hits += own.total_at(point, "hits")
        doubled += own.total_at(point, "wrong")
        false += own.total_at(point, "false")
        others += seen(replace(fold, heard=[]), card, point.settings)
        if fold.reviewed is not None:
            reviewed += seen(fold.reviewed, card, point.settings)
    whole = reduce(add, counts)
    points = _points(whole, card, target_per_hour)
    suspects = tuple(_suspects(folds, card, points, rate_hz))
    return Judgement(
        calls, hits, doubled, false, whole.hours, others.others, others.mistaken, points, suspects, reviewed
    )


def _points(counts: Counts, card: Card, target_per_hour: float) -> dict[str, Point]:
    target_per_hour = attainable(target_per_hour, counts.hours, FEWEST)
    return chosen_points(counts, card, target_per_hour, least=LEAST_ON, price=PRICE)


def _suspects(
    folds: Sequence[Fold], card: Card, points: Mapping[str, Point], rate_hz: int
) -> list[tuple[str, float, float]]:
    """False alarms in the background that score at least as high as a usual call that was detected."""
    settings = points[BALANCED].settings
    heard = [own for fold in folds for own in fold.heard]
    calls = [event.score for one, truth in heard if truth for event in detect(one, card, settings)]
    least = float(np.median(calls)) if calls else 1.0
    found = []
    for fold in folds:
        pieces = fold.background
        starts_s = _starts_s([one.wave for one in pieces], rate_hz)
        for one, truth in fold.heard:
            for event in () if truth else detect(one, card, settings):
                if event.score >= least:
                    number = max(0, int(np.searchsorted(starts_s, event.end_s)) - 1)
                    begin_s = pieces[number].begin_s + max(0.0, event.begin_s - starts_s[number])
                    if not pieces[number].is_noise:
                        found.append((pieces[number].path, begin_s, event.score))
    return sorted(found, key=lambda one: -one[2])
