"""The correction of a species' score at one site: regularised logistic regression that starts from the score itself.

The logit z of a species is linear in the embedding v of a window. The corrected logit is

    z + b + w (v - mean v) / usual

where ``usual`` is how far v usually is from its mean in different sounds. It follows from the length of v, since judged
sounds may all be alike. The corrected logit is linear in v as well, so one layer computes it. A sound is taken to be
the species with the probability sigmoid(corrected logit / `TEMPERATURE`): a network that learned from other sounds is
too sure where it errs (Guo et al. 2017, On Calibration of Modern Neural Networks). b and w are those with the highest
posterior probability for normal priors around zero. Without verdicts nothing is changed, and with few of them little: w
says something of sounds that resemble judged ones, and nothing of others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from whipbird.arrays import Doubles, Floats
from whipbird.models.bundle import locate
from whipbird.models.card import Card
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird_train.calls.head import species_layer

__all__ = ["Correction", "fitted", "own_layers"]

# Chosen for precision at a recall of 80 to 90 % in the folds of benchmarks/review.py, with 20 to 150 verdicts.
TEMPERATURE = 2.5
SHIFT = 5.0  # standard deviation of the prior of b, in log odds
SPREAD = 4.0  # of that of w (v - mean v) / usual at the usual distance, in log odds
USUAL = 0.6  # distance of an embedding from the mean, in lengths of an embedding; BirdNET's, for city sounds
LEAST_LENGTH = 1e-6
STEPS = 1000


@dataclass(frozen=True, eq=False)
class Correction:
    """A layer on an embedding with one output: the logit of a species.

    Attributes
    ----------
    weights : array, shape (size,)
    bias : float
    """

    weights: Floats | Doubles
    bias: float

    def logits(self, vectors: Floats | Doubles) -> Doubles:
        """Logits of embeddings, shape (n, size) to (n,)."""
        found: Doubles = np.asarray(vectors @ self.weights, np.float64) + self.bias
        return found


def own_layers(base: Card) -> Callable[[str], Correction]:
    """What gives the layer of a label in the network of an installed model."""
    weights, biases = species_layer((locate(base.name) / WindowedNetwork.FILE).read_bytes(), len(base.labels))
    number = {label: row for row, label in enumerate(base.labels)}
    return lambda label: Correction(weights[number[label]], float(biases[number[label]]))


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
    logits, mean = species.logits(given), given.mean(axis=0)
    usual = USUAL * max(float(np.sqrt(np.square(given).sum(axis=1).mean())), LEAST_LENGTH)
    inputs = np.column_stack((np.full(count, SHIFT), SPREAD / usual * (given - mean))) / TEMPERATURE

    def loss(numbers: Doubles) -> tuple[float, Doubles]:
        logit = logits / TEMPERATURE + inputs @ numbers
        value = float(np.sum(np.logaddexp(0, logit) - truth * logit) + numbers @ numbers / 2)
        return value, inputs.T @ (expit(logit) - truth) + numbers

    found = minimize(loss, np.zeros(1 + size), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    rest = SPREAD / usual * found.x[1:]
    return Correction(species.weights + rest, float(species.bias + SHIFT * found.x[0] - rest @ mean))
