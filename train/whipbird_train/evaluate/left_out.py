"""False alarms among strangers: of each person, with thresholds chosen on all others.

Thresholds that were chosen on a person's speech say little about that person, and hours say little where few people
talk for long: so the interval is over persons. Where hardly anybody sets off an alarm, that interval is too narrow, and
the one over hours, as if false alarms were independent, is wider; the upper bound is the higher of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from whipbird.arrays import Doubles
from whipbird.models.card import Card
from whipbird_train.evaluate.calibration import POINTS, Counts, calibrated_card, chosen_points
from whipbird_train.evaluate.intervals import ConfidenceInterval, bootstrap, poisson_rate

__all__ = ["PersonsRate", "calibrated_among", "left_out"]


@dataclass(frozen=True)
class PersonsRate:
    """False alarms of some persons.

    Attributes
    ----------
    false : tuple of int
        Of each person.
    hours : tuple of float
        For which each was heard.
    """

    false: tuple[int, ...]
    hours: tuple[float, ...]

    @property
    def per_hour(self) -> ConfidenceInterval:
        """Rate over all persons, and the wider of its intervals."""
        over_hours = poisson_rate(sum(self.false), sum(self.hours))
        over_persons = bootstrap(list(zip(self.false, self.hours, strict=True)), _rate)
        highs = [one.high for one in (over_hours, over_persons) if one.high is not None]
        lows = [one.low for one in (over_hours, over_persons) if one.low is not None]
        return ConfidenceInterval(over_hours.value, min(lows, default=None), max(highs, default=None))

    @property
    def set_off(self) -> int:
        """Persons with a false alarm."""
        return sum(one > 0 for one in self.false)

    def as_dict(self) -> dict[str, Any]:
        """Results for JSON."""
        return {
            "persons": len(self.false),
            "persons_with_false_alarms": self.set_off,
            "hours": round(sum(self.hours), 4),
            "false_alarms_per_hour": self.per_hour.as_list(),
            "false_alarms_of_each": list(self.false),
            "hours_of_each": [round(hours, 4) for hours in self.hours],
        }


def left_out(
    persons: Sequence[Counts],
    others: Counts,
    card: Card,
    target_per_hour: float,
    points: Mapping[str, float] = POINTS,
) -> dict[str, PersonsRate]:
    """False alarms of each person at each point, chosen on all other persons and on other recordings."""
    chosen = []
    for number in range(len(persons)):
        rest = reduce(add, (*persons[:number], *persons[number + 1 :]), others)
        chosen.append(chosen_points(rest, card, target_per_hour, points))
    hours = tuple(own.hours for own in persons)
    return {
        name: PersonsRate(
            tuple(own.false_at(points_of[name]) for own, points_of in zip(persons, chosen, strict=True)), hours
        )
        for name in points
    }


def calibrated_among(card: Card, persons: Sequence[Counts], others: Counts, target_per_hour: float) -> Card:
    """The card with thresholds chosen on persons and on other recordings, and with what strangers will get.

    Parameters
    ----------
    persons : sequence of Counts
        Without any, the card does not say what strangers will get.
    """
    chosen = chosen_points(reduce(add, persons, others), card, target_per_hour)
    made = calibrated_card(card, chosen)
    if not persons:
        return made
    found = {name: rate.as_dict() for name, rate in left_out(persons, others, card, target_per_hour).items()}
    return made.model_copy(update={"results": made.results | {"strangers": found}})


def _rate(rows: Doubles) -> float:
    hours = rows[:, 1].sum()
    return float(rows[:, 0].sum() / hours) if hours else np.nan
