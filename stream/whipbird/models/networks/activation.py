"""From a network's outputs to scores between 0 and 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.models.card import Activation

__all__ = ["activate"]

LARGEST_OUTPUT = 15.0  # of either sign, before a sigmoid: larger ones are as good as certain
ROUNDING = 1e-3  # by which scores may be beyond 0 and 1


def activate(outputs: Floats, activation: Activation, path: Path) -> Floats:
    """Scores of a network's outputs, shape (..., labels).

    The sigmoid is computed as in BirdNET's programs, so that scores are the same to the last bit.

    Parameters
    ----------
    path : Path
        Of the network, for error messages.

    Raises
    ------
    BundleError
        If there is no activation and the outputs are no scores.
    """
    if activation.kind == "sigmoid":
        scores: Floats = 1 / (1.0 + np.exp(-activation.slope * np.clip(outputs, -LARGEST_OUTPUT, LARGEST_OUTPUT)))
        return scores
    if activation.kind == "softmax":
        powers = np.exp(activation.slope * (outputs - outputs.max(axis=-1, keepdims=True)))
        shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
        return shares
    if not (outputs.min() >= -ROUNDING and outputs.max() <= 1 + ROUNDING):  # one that is no number is dealt with later
        finite = outputs[np.isfinite(outputs)]
        low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
        if low < -ROUNDING or high > 1 + ROUNDING:
            raise BundleError(
                f"{path}: gives outputs from {low:.4g} to {high:.4g}, which are no scores between 0 and 1; its card "
                "needs an activation: sigmoid or softmax"
            )
    return outputs
