"""Regression from samples to samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupShuffleSplit

from train.extrapolate.regressions import SEED, Regression
from train.extrapolate.task import Cut, Floats, stacked

__all__ = ["ShiftedRidge", "Silence", "WaveformRegression"]

CONTEXT_S = 0.032
REACH_S = 0.02  # of shifts to either side
MOST_ROWS = 2000  # shifted takes in all
SHIFTED_ALPHAS = (0.1, 1.0, 10.0)  # times the variance of the context, for each row
ASIDE = 0.2  # of the training takes, for the choice of alpha


class Silence:
    """Completes with silence: what every other method has to be better than."""

    chosen: float | None = None

    def fit(self, takes: Sequence[Floats], cut: Cut) -> Self:
        self._missing = cut.missing
        return self

    def predict(self, given: Floats) -> Floats:
        return np.zeros(self._missing)


class WaveformRegression:
    """Multi-target regression: each missing sample is a weighted sum of all given ones.

    Parameters
    ----------
    regress : callable
        ``regress(given, wanted)`` fits a regression, and tells what it chose.
    """

    def __init__(self, regress: Callable[[Floats, Floats], tuple[Regression, float | None]]) -> None:
        self._regress = regress
        self.chosen: float | None = None

    def fit(self, takes: Sequence[Floats], cut: Cut) -> Self:
        self._regression, self.chosen = self._regress(*stacked(takes, cut))
        return self

    def predict(self, given: Floats) -> Floats:
        return self._regression.predict(given)


class ShiftedRidge:
    """Ridge regression on the last 32 ms, learned from every take at many places around the cut.

    Where a period of the voice begins, no two takes agree, though it is this that a regression over samples learns
    from. Shifted by up to 20 ms to either side, each take shows its periods in every phase. Alpha is chosen on a fifth
    of the training takes.
    """

    def __init__(self) -> None:
        self.chosen: float | None = None

    def fit(self, takes: Sequence[Floats], cut: Cut) -> Self:
        self._context = min(round(CONTEXT_S * cut.rate_hz), cut.provided)
        shifts = self._shifts(len(takes), cut)
        given, wanted, groups = [], [], []
        for number, take in enumerate(takes):
            padded = np.pad(take, (0, max(0, cut.length + int(shifts[-1]) - len(take))))
            for place in cut.provided + shifts:
                given.append(padded[place - self._context : place])
                wanted.append(padded[place : place + cut.missing])
                groups.append(number)
        variance = float(np.var(given, axis=0).sum()) or 1.0
        search = GridSearchCV(
            Ridge(fit_intercept=False, solver="cholesky"),
            {"alpha": [alpha * variance * len(given) / self._context for alpha in SHIFTED_ALPHAS]},
            scoring="neg_mean_squared_error",
            cv=GroupShuffleSplit(1, test_size=ASIDE, random_state=SEED),
        )
        search.fit(np.array(given), np.array(wanted), groups=groups)
        self._ridge = search.best_estimator_
        self.chosen = SHIFTED_ALPHAS[search.best_index_]
        return self

    def predict(self, given: Floats) -> Floats:
        return self._ridge.predict(given[np.newaxis, -self._context :])[0]

    def _shifts(self, takes: int, cut: Cut) -> np.ndarray:
        reach = round(REACH_S * cut.rate_hz)
        before = min(reach, cut.provided - self._context)
        count = max(1, min(MOST_ROWS // takes, before + reach + 1))
        return np.unique(np.linspace(-before, reach, count).round().astype(int)) if count > 1 else np.zeros(1, int)
