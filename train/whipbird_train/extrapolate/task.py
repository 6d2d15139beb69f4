"""What is asked of every method: from the beginning of a take and from other takes, the rest of the take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Doubles

__all__ = ["Cut", "Method", "stacked"]


@dataclass(frozen=True)
class Cut:
    """How takes are cut.

    Attributes
    ----------
    provided : int
        Samples that are given, the first of a take.
    length : int
        Samples of a take; those after the given ones are missing.
    """

    provided: int
    length: int
    rate_hz: int

    @property
    def missing(self) -> int:
        """Samples that are to be completed."""
        return self.length - self.provided


Method = Callable[[Sequence[Doubles], Sequence[Doubles], Cut], tuple[list[Doubles], float | None]]
"""``method(takes, given, cut)`` completes takes by what training takes teach, each at least as long as the cut says.

From the given samples of each, shape (provided,), it tells the missing ones, shape (missing,), and what it chose by
validation inside the training takes; None where there is nothing to choose.
"""


def stacked(takes: Sequence[Doubles], cut: Cut) -> tuple[Doubles, Doubles]:
    """The beginnings of takes, shape (takes, provided), and what follows, shape (takes, missing)."""
    whole = np.stack([take[: cut.length] for take in takes])
    return whole[:, : cut.provided], whole[:, cut.provided :]
