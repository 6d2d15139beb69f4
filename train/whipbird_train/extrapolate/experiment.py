"""Complete every take with every method, trained on other takes only.

Up to 60 takes are held out one at a time, more takes in 20 parts; methods learn from all other takes. A method chooses
its hyperparameter by validation within its training takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.model_selection import KFold, LeaveOneOut

from whipbird.arrays import Doubles
from whipbird_train.evaluate.intervals import ConfidenceInterval
from whipbird_train.extrapolate.methods import METHODS, Kind
from whipbird_train.extrapolate.scores import log_spectral_distance_db, mean_over_takes, r_squared, snr_db
from whipbird_train.extrapolate.takes import Takes
from whipbird_train.extrapolate.task import stacked
from whipbird_train.progress import tracked

__all__ = ["Completion", "complete_all"]

MOST_LEAVE_ONE_OUT = 60  # takes held out one at a time; more are held out in parts
PARTS = 20
SEED = 1


@dataclass(frozen=True, eq=False)
class Completion:
    """All takes as one method completes them.

    Attributes
    ----------
    real, completed : arrays, shape (takes, missing)
    chosen : tuple of (float or None)
        Hyperparameter chosen for each take, by validation within the others.
    """

    real: Doubles
    completed: Doubles
    chosen: tuple[float | None, ...]
    rate_hz: int

    @cached_property
    def snr_db(self) -> list[float]:
        """Signal-to-noise ratio of each take."""
        return [snr_db(real, completed) for real, completed in zip(self.real, self.completed, strict=True)]

    @cached_property
    def distance_db(self) -> list[float]:
        """Log-spectral distance of each take."""
        return [
            log_spectral_distance_db(real, completed, self.rate_hz)
            for real, completed in zip(self.real, self.completed, strict=True)
        ]

    @cached_property
    def intervals(self) -> dict[str, ConfidenceInterval]:
        """R² over all takes, and the means of the other scores."""
        return {
            "r_squared": r_squared(self.real, self.completed),
            "snr_db": mean_over_takes(self.snr_db),
            "log_spectral_distance_db": mean_over_takes(self.distance_db),
        }

    @property
    def usually_chosen(self) -> float | None:
        """The value chosen most often; None if there is nothing to choose."""
        values, counts = np.unique([one for one in self.chosen if one is not None], return_counts=True)
        return float(values[counts.argmax()]) if len(values) else None


def complete_all(takes: Takes, methods: Mapping[str, Kind] = METHODS) -> dict[str, Completion]:
    """Complete all takes with all methods."""
    cut = takes.cut
    folds = LeaveOneOut() if len(takes) <= MOST_LEAVE_ONE_OUT else KFold(PARTS, shuffle=True, random_state=SEED)
    real = stacked(takes.waves, cut)[1]
    completed = {name: np.zeros_like(real) for name in methods}
    chosen: dict[str, dict[int, float | None]] = {name: {} for name in methods}
    for training, held_out in tracked(list(folds.split(takes.waves)), "completing"):
        known = [takes.waves[number] for number in training]
        given = [takes.waves[number][: cut.provided] for number in held_out]
        for name, kind in methods.items():
            completed[name][held_out], choice = kind.complete(known, given, cut)
            chosen[name] |= dict.fromkeys(held_out.tolist(), choice)
    return {
        name: Completion(
            real, completed[name], tuple(chosen[name][number] for number in range(len(takes))), cut.rate_hz
        )
        for name in methods
    }
