"""Operating points: thresholds, smoothing and refractory time for so many false alarms per hour.

Every label may have settings of its own. Which of them spends how much of the allowed false alarms is decided by what
it buys: with a price for a false alarm, each label takes the settings with the most hits less the price, and the price
is the lowest at which all labels together stay within what is allowed (a Lagrange multiplier). A label without
annotations keeps its times and takes the threshold with the fewest false alarms. Where nothing at all is annotated, all
labels keep their times and get the lowest threshold that stays within what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.card import BALANCED, Card, DebounceSettings
from train.evaluate.annotations import Annotation
from train.evaluate.curves import THRESHOLDS, outcomes, with_threshold
from train.evaluate.listening import Annotated, hours_of
from train.evaluate.matching import Matching
from train.progress import tracked

__all__ = ["POINTS", "Point", "best_settings", "calibrate", "calibrated_card", "candidates", "lowest_threshold"]

POINTS: Mapping[str, float] = {BALANCED: 1.0, "strict": 0.1, "eager": 5.0}  # times the target
LEAST_ON = 0.3
SMOOTHINGS = (0.6, 0.8, 1.0, 1.25, 1.6)  # times the card's
REFRACTORIES = (1.0, 2.0)
LONGEST_S = 3600.0  # that a card may say
BISECTIONS = 40
LEAST_PRICE = 1e-6  # hits for a false alarm: none is taken for nothing
EQUAL = 1e-9  # hits less price: what differs less is equal


@dataclass(frozen=True)
class Point:
    """Settings for each label, and what came of them.

    Attributes
    ----------
    settings : dict of str to DebounceSettings
    annotations, hits : int
        Sounds that are to be heard, and those that were.
    false : int
        False alarms in the background.
    allowed : float
        How many were.
    hours : float
        Of background.
    """

    settings: dict[str, DebounceSettings]
    annotations: int
    hits: int
    false: int
    allowed: float
    hours: float


def candidates(settings: DebounceSettings) -> list[DebounceSettings]:
    """All settings that are tried for a label: every threshold with each pair of times (see `_times`).

    They are as many for all labels, even where some are alike since a time is 0.
    """
    return [
        with_threshold(settings, on).model_copy(
            update={
                "smooth_s": _multiple(settings.smooth_s, smoothing),
                "refractory_s": _multiple(settings.refractory_s, refractory),
            }
        )
        for smoothing, refractory in _times()
        for on in _thresholds()
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
    annotated : sequence of (Listened, annotations)
        Background, in which nothing certain is annotated, and perhaps recordings of what is to be heard. What is heard
        wrongly in those counts as much as what is missed.
    target_per_hour : float
        False alarms per hour of background, over all labels, at the balanced point.
    points : mapping of str to float
        Times the target for each point.
    """
    tried = {label: candidates(settings) for label, settings in card.debounce.items()}
    times, steps = _times(), len(_thresholds())
    sounds = [one for one in annotated if _holds(one[1], card)]
    background = [one for one in annotated if not _holds(one[1], card)]
    found = [
        [
            outcomes(part, card, {label: settings[number] for label, settings in tried.items()}, matching)
            for part in (sounds, background)
        ]
        for number in tracked(range(len(times) * steps), "settings")
    ]
    hits, wrong = (np.stack([getattr(inside, what) for inside, _ in found]) for what in ("hits", "false"))
    false = np.stack([outside.false for _, outside in found])
    annotations = found[0][0].annotations
    own = times.index((1.0, 1.0)) * steps
    usable = np.broadcast_to(annotations > 0, hits.shape).copy()
    usable[own : own + steps] = True
    hours = hours_of(background)
    chosen = {}
    for name, factor in points.items():
        allowed = target_per_hour * factor * hours
        if annotations.any():
            rows = best_settings(hits - wrong, false, usable, allowed, steps)
        else:
            total = false[own : own + steps].sum(axis=1)
            rows = np.full(len(tried), own + lowest_threshold(total, allowed))
        every = np.arange(len(tried))
        chosen[name] = Point(
            {label: settings[row] for (label, settings), row in zip(tried.items(), rows, strict=True)},
            int(annotations.sum()),
            int(hits[rows, every].sum()),
            int(false[rows, every].sum()),
            allowed,
            hours,
        )
    return chosen


def calibrated_card(card: Card, points: Mapping[str, Point]) -> Card:
    """A copy of a card with these operating points."""
    return card.model_copy(
        update={
            "debounce": points[BALANCED].settings,
            "operating_points": {name: point.settings for name, point in points.items() if name != BALANCED},
        }
    )


def best_settings(
    hits: NDArray[np.int64], false: NDArray[np.int64], usable: NDArray[np.bool_], allowed: float, steps: int
) -> NDArray[np.int64]:
    """The settings of each label with which all of them buy the most hits for the allowed false alarms.

    Parameters
    ----------
    hits, false : arrays of int, shape (settings, labels)
    usable : array of bool, shape (settings, labels)
        Settings that a label may take; one at least.
    allowed : float
        False alarms of all labels together. If no choice has so few, each label takes its fewest.
    steps : int
        So many settings in a row differ in their thresholds alone.

    Returns
    -------
    array of int, shape (labels,)
    """

    def at_price(price: float) -> NDArray[np.int64]:
        worth = np.where(usable, hits - price * false, -np.inf)
        return np.array([_middle_of_best(column, steps) for column in worth.T])

    low, high = LEAST_PRICE, float(hits.max() - hits.min() + 1)  # at which no hit is worth a false alarm
    best = at_price(high)
    for _ in range(BISECTIONS):
        price = (low + high) / 2
        rows = at_price(price)
        if np.take_along_axis(false, rows[None], axis=0).sum() <= allowed:
            best, high = rows, price
        else:
            low = price
    return best


def lowest_threshold(false: NDArray[np.int64], allowed: float) -> int:
    """Number of the lowest threshold from which on all have at most the allowed false alarms, shape (thresholds,).

    A threshold so low that one event runs into the next has few false alarms, too: it does not count. If the highest
    has more than are allowed, it is the highest of those with the fewest.
    """
    over = np.flatnonzero(false > allowed)
    if not len(over):
        return 0
    if over[-1] < len(false) - 1:
        return int(over[-1]) + 1
    return len(false) - 1 - int(false[::-1].argmin())


def _holds(truth: Sequence[Annotation], card: Card) -> bool:
    """Whether there is something to be heard."""
    return any(not one.uncertain and one.label in card.debounce for one in truth)


def _middle_of_best(worth: NDArray[np.float64], steps: int) -> int:
    """Among equals, the threshold in the middle: the one that is furthest from where something changes."""
    equal = np.flatnonzero(worth >= worth.max() - EQUAL)
    apart = (np.diff(equal) > 1) | (np.diff(equal // steps) > 0)
    longest = max(np.split(equal, np.flatnonzero(apart) + 1), key=len)
    return int(longest[len(longest) // 2])


def _times() -> list[tuple[float, float]]:
    """What smoothing and refractory time are multiplied with, those that report soonest first."""
    return [(smoothing, refractory) for smoothing in sorted(SMOOTHINGS) for refractory in sorted(REFRACTORIES)]


def _thresholds() -> list[float]:
    return [on for on in THRESHOLDS if on >= LEAST_ON]


def _multiple(seconds: float, factor: float) -> float:
    return seconds if factor == 1 else min(round(seconds * factor, 3), LONGEST_S)
