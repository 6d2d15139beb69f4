"""All methods, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from train.extrapolate.regressions import least_squares, principal_components, ridge
from train.extrapolate.spectral import Neighbours, SpectralRidge
from train.extrapolate.task import Method
from train.extrapolate.waveform import ShiftedRidge, Silence, WaveformRegression

__all__ = ["METHODS", "Kind"]


@dataclass(frozen=True)
class Kind:
    """A kind of method.

    Attributes
    ----------
    name : str
        For people.
    make : callable
        Makes a method that has learned nothing yet.
    chooses : str
        What it chooses by validation inside the training takes; empty if nothing.
    """

    name: str
    make: Callable[[], Method]
    chooses: str = ""


METHODS = {
    "silence": Kind("silence", Silence),
    "linear": Kind("linear regression", lambda: WaveformRegression(least_squares)),
    "ridge": Kind("ridge regression", lambda: WaveformRegression(ridge), "alpha"),
    "components": Kind("principal components", lambda: WaveformRegression(principal_components), "rank"),
    "shifted": Kind("shifted ridge", ShiftedRidge, "alpha"),
    "spectral": Kind("spectral ridge", SpectralRidge, "alpha"),
    "neighbours": Kind("aligned neighbours", Neighbours, "takes"),
}
