"""Operating points: thresholds, smoothing and refractory times for a given rate of false alarms.

Thresholds just above the false alarms that were counted let in others as soon as they are used: hours of background
contain few false alarms, and the next ones score a little higher or lower. Counts are therefore smoothed over
thresholds before anything is chosen. A logistic kernel over log odds spreads the count at one threshold to its
neighbours, and one more false alarm, not yet seen, is added for each label at even odds. With halves of the background,
each calibrated on the other, this keeps to the rate asked for; thresholds chosen by plain counts miss it by a factor of
seven.

Every label has its own threshold. Dynamic programming over labels finds exactly how the labels should share the allowed
false alarms to get the most hits. Smoothing and refractory times are those of the card, all multiplied by the same
factors; settings that report sooner are taken where they cost hardly any hits. A label without annotations gets the
threshold with the fewest false alarms. If nothing is annotated at all, all labels keep their times and get the lowest
common threshold that stays within the allowed rate.

Of a model that reports thousands of labels, those that do not count (see `whipbird_train.evaluate.recorded_scores`)
keep their settings where anything is annotated, and take no share of the allowed false alarms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Doubles, Integers
from whipbird.events.settings import DebounceSettings
from whipbird.formats.annotation import Annotation
from whipbird.models.card import BALANCED, Card
from whipbird_train.evaluate import curves
from whipbird_train.evaluate.curves import outcomes, with_threshold
from whipbird_train.evaluate.intervals import poisson_rate, share, significant
from whipbird_train.evaluate.matching import Matching
from whipbird_train.evaluate.recorded_scores import Annotated, hours_of, relevant_labels
from whipbird_train.progress import tracked

__all__ = [
    "KERNEL",
    "POINTS",
    "PRICE",
    "THRESHOLDS",
    "Counts",
    "Point",
    "as_card",
    "attainable",
    "best_thresholds",
    "calibrate",
    "calibrated",
    "calibrated_card",
    "candidates",
    "chosen_points",
    "count",
    "expected_false",
    "smoothed",
]


POINTS: Mapping[str, float] = {BALANCED: 1.0, "strict": 0.1, "eager": 5.0}  # times the target
THRESHOLDS = tuple(on for on in curves.THRESHOLDS if on > 0.3)
# Times the card's smoothing and refractory time, soonest first.
TIMES = ((0.5, 1.0), (0.75, 1.0), (1.0, 1.0), (1.0, 2.0), (1.25, 1.0))
UNCHANGED = (1.0, 1.0)
LONGEST_S = 3600.0  # largest value in a card
KERNEL = 0.35  # scale in log odds
PRICE = 1.0  # hits for a false alarm: one that gains fewer is not accepted, even if it is allowed
PORTIONS = 1000  # equal parts into which the allowed false alarms are divided
SOONER = 0.02  # share of the hits that may be lost to report sooner


@dataclass(frozen=True)
class Point:
    """Settings for each label, with their measured results.

    Attributes
    ----------
    annotations, hits : int
        Annotated sounds, and those detected.
    false : int
        False alarms counted in the background.
    expected : float
        False alarms expected in the same amount of other background.
    allowed : float
        Limit of the expected false alarms.
    hours : float
        Length of the background.
    place : (int, tuple of int)
        Where the settings are in the counts by which they were chosen: times, and the threshold of each label.
    """

    settings: dict[str, DebounceSettings]
    annotations: int
    hits: int
    false: int
    expected: float
    allowed: float
    hours: float
    place: tuple[int, tuple[int, ...]] = (0, ())

    def as_dict(self) -> dict[str, Any]:
        """Results for JSON; an interval is a list of its value, low and high end."""
        return {
            "sounds": self.annotations,
            "recall": share(self.hits, self.annotations).as_list(),
            "background_hours": round(self.hours, 4),
            "false_alarms_per_hour": poisson_rate(self.false, self.hours).as_list(),
            "expected_false_alarms_per_hour": significant(self.expected / self.hours) if self.hours else None,
        }


@dataclass(frozen=True, eq=False)
class Counts:
    """What every candidate gives, in arrays of shape (times, thresholds, labels).

    Attributes
    ----------
    labels : tuple of str
    numbers : tuple of int
        Of the times.
    sounds : bool
        Whether there were recordings with annotated sounds.
    annotations : int
        Annotated sounds.
    hits, wrong : arrays of int
        Sounds detected, and false alarms in the recordings with annotated sounds.
    false : array of int
        False alarms in the background.
    hours : float
        Length of the background.
    kernel : float
        Scale in log odds by which the counts are smoothed before anything is chosen.
    """

    labels: tuple[str, ...]
    numbers: tuple[int, ...]
    sounds: bool
    annotations: int
    hits: Integers
    wrong: Integers
    false: Integers
    hours: float
    kernel: float = KERNEL

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.labels,
            self.numbers,
            self.sounds or other.sounds,
            self.annotations + other.annotations,
            self.hits + other.hits,
            self.wrong + other.wrong,
            self.false + other.false,
            self.hours + other.hours,
            self.kernel,
        )

    def false_at(self, point: Point) -> int:
        """False alarms in the background with the settings of a point that was chosen by other counts."""
        return self.total_at(point, "false")

    def total_at(self, point: Point, what: Literal["hits", "wrong", "false"]) -> int:
        """The sum over all labels with the settings of a point that was chosen by other counts."""
        number, rows = point.place
        counts: Integers = getattr(self, what)
        return int(counts[number, rows, range(len(rows))].sum())


def candidates(settings: DebounceSettings) -> list[list[DebounceSettings]]:
    """All settings that are tried for a label: all thresholds for each pair of times.

    All labels have the same number of candidates, even if some are equal because a time is 0.
    """
    return [
        [
            with_threshold(settings, on).model_copy(
                update={
                    "smooth_s": _multiple(settings.smooth_s, smoothing),
                    "refractory_s": _multiple(settings.refractory_s, refractory),
                }
            )
            for on in THRESHOLDS
        ]
        for smoothing, refractory in TIMES
    ]


def calibrate(
    annotated: Annotated,
    card: Card,
    matching: Matching,
    target_per_hour: float,
    points: Mapping[str, float] = POINTS,
) -> dict[str, Point]:
    """Find the operating points.

    Parameters
    ----------
    annotated : sequence of (RecordedScores, annotations)
        Background, in which nothing certain is annotated, and perhaps recordings with annotated sounds. In those, a
        false alarm counts as much as a miss.
    target_per_hour : float
        False alarms per hour to be expected in other background, over all labels, at the balanced point.
    points : mapping of str to float
        Factor on the target for each point.
    """
    labels = relevant_labels(annotated, card)
    has_sounds = any(_has_sounds(truth, card) for _, truth in annotated)
    numbers = range(len(TIMES)) if has_sounds else as_card()
    return chosen_points(count(annotated, card, matching, labels, numbers), card, target_per_hour, points)


def count(
    annotated: Annotated,
    card: Card,
    matching: Matching,
    labels: Sequence[str] | None = None,
    numbers: Sequence[int] | None = None,
    kernel: float = KERNEL,
) -> Counts:
    """What every candidate of these labels gives, with the times of these numbers; by default of all, with all."""
    labels = list(card.debounce) if labels is None else labels
    numbers = range(len(TIMES)) if numbers is None else numbers
    tried = {label: candidates(card.debounce[label]) for label in labels}
    sounds = [one for one in annotated if _has_sounds(one[1], card)]
    background = [one for one in annotated if not _has_sounds(one[1], card)]
    counted = [
        [outcomes(part, card, {label: settings[number][on] for label, settings in tried.items()}, matching)
         for part in (sounds, background)]
        for number, on in tracked(list(product(numbers, range(len(THRESHOLDS)))), "settings")
    ]  # fmt: skip
    on_sounds, on_background = zip(*counted, strict=True)
    shape = (len(numbers), len(THRESHOLDS), len(tried))
    hits, wrong = (np.stack([getattr(one, what) for one in on_sounds]).reshape(shape) for what in ("hits", "false"))
    false = np.stack([one.false for one in on_background]).reshape(shape)
    annotations = int(on_sounds[0].annotations.sum())
    hours = hours_of(background)
    return Counts(tuple(labels), tuple(numbers), bool(sounds), annotations, hits, wrong, false, hours, kernel)


def chosen_points(
    counts: Counts,
    card: Card,
    target_per_hour: float,
    points: Mapping[str, float] = POINTS,
    least: float = 0.0,
    price: float = PRICE,
) -> dict[str, Point]:
    """The operating points that are best by these counts, see `calibrate`.

    Parameters
    ----------
    least : float
        No threshold is lower.
    price : float
        Hits that a false alarm has to gain; with a low price, thresholds are as low as the limit allows.
    """
    tried = {label: candidates(card.debounce[label]) for label in counts.labels}
    others = {label: settings for label, settings in card.debounce.items() if label not in tried}
    worth, expected = smoothed(counts.hits - counts.wrong, counts.kernel), expected_false(counts.false, counts.kernel)
    gain = worth - price * expected
    expected[:, np.array(THRESHOLDS) < least] = np.inf
    every = np.arange(len(tried))
    chosen = {}
    for name, factor in points.items():
        allowed = target_per_hour * factor * counts.hours
        if counts.sounds:
            limit = allowed if counts.hours else np.inf
            rows = [best_thresholds(*both, limit) for both in zip(gain, expected, strict=True)]
            total = np.array([own[row, every].sum() for own, row in zip(worth, rows, strict=True)])
            best = int(np.argmax(total >= total.max() - SOONER * abs(total.max())))
        else:
            within = np.flatnonzero(expected[0].sum(axis=1) <= allowed)
            common = int(within[0]) if len(within) else len(THRESHOLDS) - 1
            rows, best = [np.full(len(tried), common)], 0
            others = {label: with_threshold(card.debounce[label], THRESHOLDS[common]) for label in others}
        row, number = rows[best], counts.numbers[best]
        found = {label: settings[number][on] for (label, settings), on in zip(tried.items(), row, strict=True)}
        chosen[name] = Point(
            {label: (found if label in found else others)[label] for label in card.debounce},
            counts.annotations,
            int(counts.hits[best, row, every].sum()),
            int(counts.false[best, row, every].sum()),
            float(expected[best, row, every].sum()),
            allowed,
            counts.hours,
            (best, tuple(row.tolist())),
        )
    return chosen


def as_card() -> list[int]:
    """The number of the times that are the card's own, for `count`."""
    return [TIMES.index(UNCHANGED)]


def attainable(target_per_hour: float, hours: float, fewest: float = 1.0) -> float:
    """The rate asked for, or so many false alarms in all of a background that is too short to show such a rate."""
    return max(target_per_hour, fewest / hours) if hours else target_per_hour


def calibrated(card: Card, annotated: Annotated, matching: Matching, target_per_hour: float) -> Card:
    """A copy of a card with the operating points found by `calibrate`; without recordings, the card itself."""
    if not annotated:
        return card
    return calibrated_card(card, calibrate(annotated, card, matching, target_per_hour))


def calibrated_card(card: Card, points: Mapping[str, Point]) -> Card:
    """A copy of a card with these operating points and their results, without what others measured of earlier ones."""
    measured = {name: point.as_dict() for name, point in points.items()}
    kept = {name: result for name, result in card.results.items() if name not in ("strangers", "chosen_on")}
    return card.model_copy(
        update={
            "debounce": points[BALANCED].settings,
            "operating_points": {name: point.settings for name, point in points.items() if name != BALANCED},
            "results": kept | {"operating_points": measured},
        }
    )


def smoothed(counts: Integers, kernel: float = KERNEL) -> Doubles:
    """Counts at each threshold, shape (..., thresholds, labels), smoothed over thresholds."""
    log_odds = _log_odds()
    edges = (log_odds[1:] + log_odds[:-1]) / 2
    edges = np.append(edges, log_odds[-1] + (log_odds[-1] - log_odds[-2]) / 2)  # beyond it, nothing is detected
    below = _logistic((edges - log_odds[:, None]) / kernel)
    smooth: Doubles = np.diff(below, axis=1, prepend=0.0) @ counts
    return smooth


def expected_false(false: Integers, kernel: float = KERNEL) -> Doubles:
    """False alarms expected in as much other background, at each threshold, shape (..., thresholds, labels).

    A threshold so low that events merge also has few false alarms; it is assumed to have at least as many as any higher
    threshold. For false alarms not yet seen, each label gets one at even odds, however short the background is.
    """
    seen = smoothed(np.maximum.accumulate(false[..., ::-1, :], axis=-2)[..., ::-1, :], kernel)
    return seen + _logistic(-_log_odds())[:, None]


def best_thresholds(gain: Doubles, expected: Doubles, allowed: float) -> NDArray[np.intp]:
    """The threshold of each label with which all labels together gain the most with the allowed false alarms.

    Parameters
    ----------
    gain, expected : arrays, shape (thresholds, labels)
        What each threshold gains, and the false alarms in the background that are expected with it.
    allowed : float
        False alarms of all labels together. If no choice has so few, each label gets its fewest.

    Returns
    -------
    array of int, shape (labels,)
    """
    fewest = expected.argmin(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        costs = np.nan_to_num(np.ceil(expected / allowed * PORTIONS), posinf=PORTIONS + 1).astype(np.int64)
    best = np.zeros(PORTIONS + 1)  # best value for each number of portions spent at most
    taken = []
    for cost, value in zip(costs.T, gain.T, strict=True):
        with_each = np.full((len(cost), PORTIONS + 1), -np.inf)
        for number in np.flatnonzero(cost <= PORTIONS):
            with_each[number, cost[number] :] = best[: PORTIONS + 1 - cost[number]] + value[number]
        taken.append(with_each.argmax(axis=0))
        best = with_each.max(axis=0)
    if not np.isfinite(best[-1]):
        return fewest
    left, chosen = PORTIONS, []
    for cost, numbers in zip(costs.T[::-1], taken[::-1], strict=True):
        chosen.append(numbers[left])
        left -= cost[chosen[-1]]
    return np.array(chosen[::-1])


def _has_sounds(truth: Sequence[Annotation], card: Card) -> bool:
    """Whether a sound is annotated that the model reports."""
    return any(not one.uncertain and one.label in card.debounce for one in truth)


def _log_odds() -> Doubles:
    on = np.array(THRESHOLDS)
    return np.log(on / (1 - on))


def _logistic(values: Doubles) -> Doubles:
    logistic: Doubles = 1 / (1 + np.exp(-values))
    return logistic


def _multiple(seconds: float, factor: float) -> float:
    return seconds if factor == 1 else min(round(seconds * factor, 3), LONGEST_S)
