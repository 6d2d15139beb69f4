"""All methods, in the order of the table."""

from __future__ import annotations

from dataclasses import dataclass

from whipbird_train.extrapolate.regressions import least_squares, principal_components, ridge
from whipbird_train.extrapolate.spectral import neighbours, spectral_ridge
from whipbird_train.extrapolate.task import Method
from whipbird_train.extrapolate.waveform import on_samples, shifted_ridge, silence

__all__ = ["METHODS", "Kind"]


@dataclass(frozen=True)
class Kind:
    """A kind of method.

    Attributes
    ----------
    name : str
        Name in tables and figures.
    chooses : str
        Name of the hyperparameter chosen by validation within the training takes; empty if there is none.
    """

    name: str
    complete: Method
    chooses: str = ""


METHODS = {
    "silence": Kind("silence", silence),
    "linear": Kind("linear regression", on_samples(least_squares)),
    "ridge": Kind("ridge regression", on_samples(ridge), "alpha"),
    "components": Kind("principal components", on_samples(principal_components), "rank"),
    "shifted": Kind("shifted ridge", shifted_ridge, "alpha"),
    "spectral": Kind("spectral ridge", spectral_ridge, "alpha"),
    "neighbours": Kind("aligned neighbours", neighbours, "takes"),
}
