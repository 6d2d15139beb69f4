"""Every method completes every take, and has not heard it before.

Each take is held out in turn, or, of more than 60, in one of 20 parts; methods learn from all others. What a method
has to choose it chooses by validation inside these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.model_selection import KFold, LeaveOneOut

from train.evaluate.intervals import Interval
from train.extrapolate.methods import METHODS
from train.extrapolate.scores import log_spectral_distance_db, mean_over_takes, r_squared, snr_db
from train.extrapolate.takes import Takes
from train.extrapolate.task import Floats, Method, stacked
from train.progress import tracked

__all__ = ["Outcome", "complete_all"]

MOST_ALONE = 60  # takes that are held out one at a time
PARTS = 20
SEED = 1


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one method made of all takes.

    Attributes
    ----------
    real, completed : arrays, shape (takes, missing)
    chosen : tuple of (float or None)
        For each take, by validation inside the others.
    rate_hz : int
    """

    real: Floats
    completed: Floats
    chosen: tuple[float | None, ...]
    rate_hz: int

    @cached_property
    def snr_db(self) -> list[float]:
        """Of each take."""
        return [snr_db(real, made) for real, made in zip(self.real, self.completed, strict=True)]

    @cached_property
    def distance_db(self) -> list[float]:
        """Log-spectral distance of each take."""
        return [
            log_spectral_distance_db(real, made, self.rate_hz)
            for real, made in zip(self.real, self.completed, strict=True)
        ]

    @cached_property
    def intervals(self) -> dict[str, Interval]:
        """R² over all takes, and the means of the other scores."""
        return {
            "r_squared": r_squared(self.real, self.completed),
            "snr_db": mean_over_takes(self.snr_db),
            "log_spectral_distance_db": mean_over_takes(self.distance_db),
        }

    @property
    def usually_chosen(self) -> float | None:
        """What was chosen most often."""
        values, counts = np.unique([one for one in self.chosen if one is not None], return_counts=True)
        return float(values[counts.argmax()]) if len(values) else None


def complete_all(takes: Takes, makers: Mapping[str, Callable[[], Method]] | None = None) -> dict[str, Outcome]:
    """Complete all takes by all methods.

    Parameters
    ----------
    takes : Takes
    makers : mapping of str to callable or None
        Make methods; None: all of `train.extrapolate.methods`.
    """
    makers = makers or {name: kind.make for name, kind in METHODS.items()}
    numbers = np.arange(len(takes))
    alone = len(takes) <= MOST_ALONE
    folds = LeaveOneOut() if alone else KFold(PARTS, shuffle=True, random_state=SEED)
    real = stacked(takes.waves, takes.cut)[1]
    completed = {name: np.zeros_like(real) for name in makers}
    chosen: dict[str, list[float | None]] = {name: [None] * len(takes) for name in makers}
    for training, held_out in tracked(list(folds.split(numbers)), "completing"):
        known = [takes.waves[number] for number in training]
        for name, make in makers.items():
            method = make().fit(known, takes.cut)
            for number in held_out:
                completed[name][number] = method.predict(takes.waves[number][: takes.cut.provided])
                chosen[name][number] = method.chosen
    rate_hz = takes.cut.rate_hz
    return {name: Outcome(real, completed[name], tuple(chosen[name]), rate_hz) for name in makers}
