"""The task of every method: complete a take from its first part and from other takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Doubles

__all__ = ["Cut", "Method", "stacked"]


@dataclass(frozen=True)
class Cut:
    """Where takes are cut.

    Attributes
    ----------
    provided : int
        Number of samples that are given, at the start of a take.
    length : int
        Number of samples of a take; those after the given ones are missing.
    """

    provided: int
    length: int
    rate_hz: int

    @property
    def missing(self) -> int:
        """Number of samples to be completed."""
        return self.length - self.provided


Method = Callable[[Sequence[Doubles], Sequence[Doubles], Cut], tuple[list[Doubles], float | None]]
"""``method(takes, given, cut)`` learns from training takes, each at least as long as the cut, and completes others.

From the given samples of each take, shape (provided,), it predicts the missing ones, shape (missing,). It also returns
the hyperparameter chosen by validation within the training takes, or None if there is nothing to choose.
"""


def stacked(takes: Sequence[Doubles], cut: Cut) -> tuple[Doubles, Doubles]:
    """The given parts of takes, shape (takes, provided), and the missing parts, shape (takes, missing)."""
    whole = np.stack([take[: cut.length] for take in takes])
    return whole[:, : cut.provided], whole[:, cut.provided :]
