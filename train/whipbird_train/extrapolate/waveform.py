"""Regression from samples to samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupShuffleSplit

from whipbird.arrays import Doubles
from whipbird_train.extrapolate.regressions import SEED, Regression
from whipbird_train.extrapolate.task import Cut, Method, stacked

__all__ = ["on_samples", "shifted_ridge", "silence"]

CONTEXT_S = 0.032
REACH_S = 0.02  # longest shift to either side
MOST_ROWS = 2000  # of all shifted takes together
SHIFTED_ALPHAS = (0.1, 1.0, 10.0)  # relative to the variance of the context, per row
VALIDATION_SHARE = 0.2  # of the training takes, to choose alpha


def silence(takes: Sequence[Doubles], given: Sequence[Doubles], cut: Cut) -> tuple[list[Doubles], None]:
    """Complete with silence, as the baseline for all other methods."""
    return [np.zeros(cut.missing) for _ in given], None


def on_samples(regress: Callable[[Doubles, Doubles], tuple[Regression, float | None]]) -> Method:
    """Multi-target regression: each missing sample is a weighted sum of all given ones.

    Parameters
    ----------
    regress : callable
        ``regress(given, wanted)`` returns a fitted regression and its chosen hyperparameter.
    """

    def complete(takes: Sequence[Doubles], given: Sequence[Doubles], cut: Cut) -> tuple[list[Doubles], float | None]:
        regression, chosen = regress(*stacked(takes, cut))
        return [regression.predict(one) for one in given], chosen

    return complete


def shifted_ridge(takes: Sequence[Doubles], given: Sequence[Doubles], cut: Cut) -> tuple[list[Doubles], float]:
    """Ridge regression on the last 32 ms, learned from every take at many positions around the cut.

    The periods of the voice have different phases in different takes, which spoils a regression over samples at a fixed
    position. Shifts of up to 20 ms to either side give each take in every phase. Alpha is chosen on a fifth of the
    training takes.
    """
    context = min(round(CONTEXT_S * cut.rate_hz), cut.provided)
    shifts = _shifts(len(takes), context, cut)
    before, after, groups = [], [], []
    for number, take in enumerate(takes):
        padded = np.pad(take, (0, max(0, cut.length + int(shifts[-1]) - len(take))))
        for position in cut.provided + shifts:
            before.append(padded[position - context : position])
            after.append(padded[position : position + cut.missing])
            groups.append(number)
    variance = float(np.var(before, axis=0).sum()) or 1.0
    search = GridSearchCV(
        Ridge(fit_intercept=False, solver="cholesky"),
        {"alpha": [alpha * variance * len(before) / context for alpha in SHIFTED_ALPHAS]},
        scoring="neg_mean_squared_error",
        cv=GroupShuffleSplit(1, test_size=VALIDATION_SHARE, random_state=SEED),
    )
    search.fit(np.array(before), np.array(after), groups=groups)
    return list(search.predict([one[-context:] for one in given])), SHIFTED_ALPHAS[search.best_index_]


def _shifts(takes: int, context: int, cut: Cut) -> np.ndarray:
    reach = round(REACH_S * cut.rate_hz)
    before = min(reach, cut.provided - context)
    count = max(1, min(MOST_ROWS // takes, before + reach + 1))
    return np.unique(np.linspace(-before, reach, count).round().astype(int)) if count > 1 else np.zeros(1, int)
