"""Multi-target regressions with few rows and many columns, with scikit-learn.

A set of takes has far fewer rows than columns, and everything that a linear regression learns from it is in the space
spanned by the rows. Inputs and targets are therefore first transformed to the coordinates of their principal
components, all of which are kept. This preserves distances, and with them the results of least squares (the solution of
least norm), of ridge regression and of regression on principal components. The matrices have 49 columns instead of
thousands, so that choosing a hyperparameter by inner validation costs almost nothing.
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

KEPT = 1 - 1e-12  # share of the variance; the rest is rounding
RELATIVE_ALPHAS = np.logspace(-5, 3, 17)  # of ridge regression, relative to the variance of the input
RANKS = (1, 2, 4, 8, 16, 32)
FOLDS = 5  # of the training takes, to choose a rank
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
        if np.ptp(given, axis=0).any() and np.ptp(wanted, axis=0).any():  # otherwise only the mean can be learned
            pipeline = make_pipeline(_rotation(), estimator)
            self._model = TransformedTargetRegressor(pipeline, transformer=_rotation(), check_inverse=False)
            self._model.fit(given, wanted)

    @property
    def estimator(self) -> Any:
        """The fitted regressor; None if all rows are equal."""
        return None if self._model is None else self._model.regressor_[-1]

    def predict(self, given: Doubles) -> Doubles:
        """Predict the targets, shape (targets,), of one row, shape (columns,)."""
        return self._mean if self._model is None else self._model.predict(given[np.newaxis])[0]


def least_squares(given: Doubles, wanted: Doubles) -> tuple[Regression, None]:
    """Ordinary least squares; the solution of least norm."""
    return Regression(LinearRegression(), given, wanted), None


def ridge(given: Doubles, wanted: Doubles) -> tuple[Regression, float | None]:
    """Ridge regression and its alpha relative to the variance of a row, chosen by leave-one-out validation."""
    variance = float(given.var(axis=0).sum()) or 1.0
    alphas = RELATIVE_ALPHAS * variance
    fitted = Regression(RidgeCV(alphas), given, wanted)
    if fitted.estimator is None:
        return fitted, None
    return fitted, float(RELATIVE_ALPHAS[np.abs(alphas - fitted.estimator.alpha_).argmin()])


def principal_components(given: Doubles, wanted: Doubles) -> tuple[Regression, float | None]:
    """Regression on the first principal components and their number, chosen by five-fold validation.

    The numbers tried are the largest that all folds have, and the smaller powers of 2 up to 32.
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
