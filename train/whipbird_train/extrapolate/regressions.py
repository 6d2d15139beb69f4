"""Multi-target regressions of few rows and many columns, by scikit-learn.

A set of takes has far fewer rows than columns, and whatever a linear regression learns of them lies in the space that
the rows span. Both sides are therefore turned into the coordinates of their principal components first, all of which
are kept. Distances stay as they are, and so do the results of least squares (the solution of least norm), of ridge
regression and of regression on principal components. But they come from matrices of 49 columns instead of thousands,
and a choice by validation inside costs next to nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline

from whipbird.arrays import Doubles

__all__ = ["Regression", "least_squares", "principal_components", "ridge"]

KEPT = 1 - 1e-12  # of the variance; the rest is rounding
RELATIVE_ALPHAS = np.logspace(-5, 3, 17)  # of ridge regression, times the variance of what is given
RANKS = (1, 2, 4, 8, 16, 32)
FOLDS = 5  # of the training takes, for the choice of a rank
SEED = 1


class Regression:
    """A fitted regression.

    Parameters
    ----------
    given : array, shape (rows, columns)
    wanted : array, shape (rows, targets)
    """

    def __init__(self, estimator: Any, given: Doubles, wanted: Doubles) -> None:
        self._mean = wanted.mean(axis=0)
        self._model = None
        if np.ptp(given, axis=0).any() and np.ptp(wanted, axis=0).any():  # or there is nothing to learn but the mean
            pipeline = make_pipeline(_rotation(), estimator)
            self._model = TransformedTargetRegressor(pipeline, transformer=_rotation(), check_inverse=False)
            self._model.fit(given, wanted)

    @property
    def estimator(self) -> Any:
        """The regressor, fitted; None if rows are all alike."""
        return None if self._model is None else self._model.regressor_[-1]

    def predict(self, given: Doubles) -> Doubles:
        """Targets, shape (targets,), of one row, shape (columns,)."""
        return self._mean if self._model is None else self._model.predict(given[np.newaxis])[0]


def least_squares(given: Doubles, wanted: Doubles) -> tuple[Regression, None]:
    """Ordinary least squares; of the many solutions, that of least norm."""
    return Regression(LinearRegression(), given, wanted), None


def ridge(given: Doubles, wanted: Doubles) -> tuple[Regression, float | None]:
    """Ridge regression, and its alpha, chosen by leaving out each row in turn; relative to the variance of a row."""
    variance = float(given.var(axis=0).sum()) or 1.0
    alphas = RELATIVE_ALPHAS * variance
    fitted = Regression(RidgeCV(alphas), given, wanted)
    if fitted.estimator is None:
        return fitted, None
    return fitted, float(RELATIVE_ALPHAS[np.abs(alphas - fitted.estimator.alpha_).argmin()])


def principal_components(given: Doubles, wanted: Doubles) -> tuple[Regression, float | None]:
    """Regression on the first principal components, and how many, chosen by five-fold validation.

    1, 2, 4 and so on are tried, and as many as all folds have.
    """
    highest = min(len(given) - -(-len(given) // FOLDS) - 1, int(np.linalg.matrix_rank(given - given.mean(axis=0))))
    ranks = sorted({max(1, highest), *(rank for rank in RANKS if rank < highest)})
    search = GridSearchCV(
        make_pipeline(PCA(), LinearRegression()),
        {"pca__n_components": ranks},
        scoring="neg_mean_squared_error",
        cv=KFold(FOLDS, shuffle=True, random_state=SEED),
    )
    fitted = Regression(search, given, wanted)
    return fitted, None if fitted.estimator is None else fitted.estimator.best_params_["pca__n_components"]


def _rotation() -> PCA:
    return PCA(KEPT, svd_solver="full")
