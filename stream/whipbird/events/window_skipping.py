"""Windows that need not be heard, because nothing can have begun in them.

A mean of scores reaches a high threshold only if all scores in it are high. No score is above 1, so if the mean over a
time T reaches ``on``, then each score that counts in it for a whole hop is at least ``1 - (1 - on) * T / hop``: 0.7 for
0.9 over three hops. If T is a multiple of the hop, so is the higher one of the first and the last, which count for a
hop together; if not, as many as ``T / hop``, rounded down, count for a whole one. So of that many windows in a row,
taken anywhere among those that the mean is of, one at least is high.

So while nothing is under way, one window of so many is heard. If its score is lower than that, no mean reaches its
threshold with it, and the ones beside it do not matter; else those that were left out are heard before anything is made
of it, and so are all that follow until its like is low again. The events are the same, and just as soon: a window with
which a mean reaches its threshold is heard itself, or after another one was high.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from whipbird.arrays import Reals
from whipbird.events.debounce import TOLERANCE, watched_scores
from whipbird.events.settings import Against, DebounceSettings

__all__ = ["SkipRule", "skip_rule"]

ROUNDING = 1e-6  # of scores and of hops
LONGEST_S = 0.25  # from one window that is heard to the next: what is shown is no older


@dataclass(frozen=True)
class SkipRule:
    """How many windows are left out, and until when.

    Attributes
    ----------
    stride : int
        One window of so many is heard, as long as its scores are low.
    bound : float
        Under which a score is low.
    watched : tuple of int
        Numbers of the labels that count.
    against : "all" or "unreported"
        Whether scores count as they are, or as shares.
    """

    stride: int
    bound: float
    watched: tuple[int, ...]
    against: Against

    def is_low(self, scores: Reals) -> bool:
        """Whether the windows beside this one, whose scores these are, shape (labels,), do not matter."""
        return bool((watched_scores(scores, self.watched, self.against) < self.bound).all())


def skip_rule(
    labels: Sequence[str], settings: Mapping[str, DebounceSettings], against: Against, hop_s: float
) -> SkipRule | None:
    """What can be left out with these settings, of a network whose scores are at most 1; None if nothing can."""
    strides, bounds = [math.floor(LONGEST_S / hop_s)], []
    for one in settings.values():
        hops = one.smooth_s / hop_s
        strides.append(math.floor(hops + ROUNDING))
        bounds.append(1 - (1 - one.on + TOLERANCE) * hops - ROUNDING)
    stride, bound = min(strides), min(bounds, default=0.0)
    if stride < 2 or bound <= 0:
        return None
    return SkipRule(stride, bound, tuple(number for number, label in enumerate(labels) if label in settings), against)
