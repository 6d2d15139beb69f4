"""Skip windows in which no event can start, without changing the result.

A mean of scores reaches a high threshold only if all scores in it are high. No score is above 1, so if the mean over a
time T reaches ``on``, then each score that counts in it for a whole hop is at least ``1 - (1 - on) * T / hop``: for
example 0.7 with a threshold of 0.9 over three hops. If T is a multiple of the hop, that also holds for the higher of
the first and the last score, which count for one hop together. If T is not a multiple, ``T / hop`` scores, rounded
down, count for a whole hop. So among that many consecutive windows, anywhere within the time T, at least one score is
high.

So while no event is in progress, only one window out of that many is scored. If its score is low, no mean that includes
it reaches its threshold, and its neighbours do not matter. If its score is high, the skipped windows are scored before
anything is decided, and so are all windows that follow, until such a score is low again. The events are the same and
come just as early: a window with which a mean reaches its threshold is either one that is scored anyway, or comes after
another window whose score was high.

Where a second network is asked (see `whipbird.models.networks.asking`), what counts is its score and the first one's
together. A window for which it would be asked is never low, so that a low one has the first network's score alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Reals
from whipbird.events.label_state import TOLERANCE
from whipbird.events.relative_scores import watched_scores
from whipbird.events.settings import Against, DebounceSettings

__all__ = ["SkipRule", "skip_rule"]

ROUNDING = 1e-6  # of scores and of hops
LONGEST_S = 0.25  # from one scored window to the next: scores on display are no older


@dataclass(frozen=True)
class SkipRule:
    """How many windows are skipped, and until when.

    Attributes
    ----------
    stride : int
        While scores are low, one window out of this many is scored.
    bound : float
        A score below it is low.
    watched : tuple of int
        Numbers of the labels that count.
    against : "all" or "unreported"
        Whether scores count as they are, or relative to those of the labels that are not reported.
    asked_from : float or None
        Sum of the scores of all watched labels from which a second network is asked; None if there is none.
    """

    stride: int
    bound: float
    watched: tuple[int, ...]
    against: Against
    asked_from: float | None = None

    def is_low(self, scores: Reals) -> bool:
        """Whether a window's scores, shape (labels,), are so low that its neighbours do not matter."""
        if self.asked_from is not None and np.asarray(scores)[list(self.watched)].sum() >= self.asked_from:
            return False
        return bool((watched_scores(scores, self.watched, self.against) < self.bound).all())


def skip_rule(
    labels: Sequence[str],
    settings: Mapping[str, DebounceSettings],
    against: Against,
    hop_s: float,
    asked_from: float | None = None,
) -> SkipRule | None:
    """Which windows can be skipped with these settings; None if none can. Scores must be at most 1."""
    strides, bounds = [math.floor(LONGEST_S / hop_s)], []
    for one in settings.values():
        hops = one.smooth_s / hop_s
        strides.append(math.floor(hops + ROUNDING))
        bounds.append(1 - (1 - one.on + TOLERANCE) * hops - ROUNDING)
    stride, bound = min(strides), min(bounds, default=0.0)
    if stride < 2 or bound <= 0:
        return None
    watched = tuple(number for number, label in enumerate(labels) if label in settings)
    return SkipRule(stride, bound, watched, against, asked_from)
