"""The correction of a species' score at one site: regularised logistic regression that starts from the score itself.

The logit z of a species is linear in the embedding v of a window. The corrected logit is

    z + a (z - mean z) + b + w (v - mean v) / scale

and is linear in v as well, so one layer computes it. Its numbers are those with the highest posterior probability for
normal priors around zero: without verdicts nothing is changed, with few of them little. In a direction of v in which
sounds differ as usual, w changes the logit by about `SPREAD` before anything is known; so few verdicts on sounds that
differ clearly suffice to correct these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from whipbird.arrays import Doubles, Floats

__all__ = ["Correction", "fitted"]

SLOPE = 0.5  # standard deviation of the prior of a
SHIFT = 2.0  # of that of b, in log odds
SPREAD = 2.0  # of that of w (v - mean v) / scale for a usual v, in log odds
STEPS = 1000


@dataclass(frozen=True, eq=False)
class Correction:
    """A layer on an embedding with one output: the logit of a species.

    Attributes
    ----------
    weights : array, shape (size,)
    bias : float
    """

    weights: Doubles
    bias: float

    def logits(self, vectors: Floats | Doubles) -> Doubles:
        """Logits of embeddings, shape (n, size) to (n,)."""
        found: Doubles = vectors @ self.weights + self.bias
        return found


def fitted(vectors: Floats, right: np.ndarray, species: Correction) -> Correction:
    """The correction of a species' layer by verdicts.

    Parameters
    ----------
    vectors : array, shape (n, size)
        Embeddings of judged windows; n may be 0.
    right : array of bool, shape (n,)
        Whether each is the species.
    species : Correction
        The layer that is corrected.
    """
    count, size = vectors.shape
    if not count:
        return species
    given, truth = vectors.astype(np.float64), np.asarray(right, np.float64)
    logits = species.logits(given)
    mean, middle = given.mean(axis=0), float(logits.mean())
    usual = np.sqrt(max(float(given.var(axis=0).sum()), 1e-12))  # distance of a vector from the mean
    inputs = np.column_stack((SLOPE * (logits - middle), np.full(count, SHIFT), SPREAD * (given - mean) / usual))

    def loss(numbers: Doubles) -> tuple[float, Doubles]:
        corrected = logits + inputs @ numbers
        value = float(np.sum(np.logaddexp(0, corrected) - truth * corrected) + numbers @ numbers / 2)
        return value, inputs.T @ (expit(corrected) - truth) + numbers

    found = minimize(loss, np.zeros(size + 2), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    slope, shift, rest = SLOPE * found.x[0], SHIFT * found.x[1], SPREAD * found.x[2:] / usual
    weights = (1 + slope) * species.weights + rest
    bias = (1 + slope) * species.bias + shift - slope * middle - float(rest @ mean)
    return Correction(weights, float(bias))
