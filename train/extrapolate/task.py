"""What is asked of every method: from the beginning of a take and from other takes, the rest of the take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cut", "Floats", "Method", "stacked"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cut:
    """How takes are cut.

    Attributes
    ----------
    provided : int
        Samples that are given, the first of a take.
    length : int
        Samples of a take; those after the given ones are missing.
    rate_hz : int
    """

    provided: int
    length: int
    rate_hz: int

    @property
    def missing(self) -> int:
        """Samples that are to be completed."""
        return self.length - self.provided


class Method(Protocol):
    """One way to complete takes.

    Attributes
    ----------
    chosen : float or None
        What was chosen by validation inside the training takes; None where there is nothing to choose.
    """

    chosen: float | None

    def fit(self, takes: Sequence[Floats], cut: Cut) -> Self:
        """Learn from training takes, each of shape (samples,) and at least as long as the cut says."""

    def predict(self, given: Floats) -> Floats:
        """The missing samples, shape (missing,), after the given ones, shape (provided,)."""


def stacked(takes: Sequence[Floats], cut: Cut) -> tuple[Floats, Floats]:
    """The beginnings of takes, shape (takes, provided), and what follows, shape (takes, missing)."""
    whole = np.stack([take[: cut.length] for take in takes])
    return whole[:, : cut.provided], whole[:, cut.provided :]
