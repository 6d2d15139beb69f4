"""Relative scores: a label's score against those of the labels that are never reported.

The scores of a network that chooses one of its labels add up to 1. What one command does not get goes to silence, to
other words, and to commands that sound similar. Silence and other words speak against a command. Similar commands do
not: a "go" that could be a "no" is still a command. False alarms are sounds between a command and something else. So
the relative score

    score / (score + scores of all labels that are not reported)

separates commands from other sounds better than the score does. Where two reported labels are nearly as likely, both
have a relative score of 0: otherwise both would be reported.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Doubles, Reals
from whipbird.events.settings import Against

__all__ = ["relative_scores", "watched_scores"]

LEAST_LEAD = 3.0  # times the score of any other reported label


def relative_scores(scores: Reals, reported: Sequence[int] | NDArray[np.intp]) -> Doubles:
    """Relative scores of the reported labels, between 0 and 1.

    Parameters
    ----------
    scores : array, shape (..., labels)
        At least 0.
    reported : sequence or array of int
        Numbers of the reported labels.

    Returns
    -------
    array, shape (..., reported)
    """
    every = np.asarray(scores, np.float64)
    own: Doubles = every[..., reported]
    unreported = np.delete(every, reported, axis=-1)
    total = own.copy()
    if unreported.shape[-1]:
        total += np.cumsum(unreported, axis=-1)[..., -1:]  # one by one: a row alone gives the same as many at once
    relative: Doubles = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
    if len(reported) > 1:
        ranked = np.sort(own, axis=-1)
        rival = np.where(own == ranked[..., -1:], ranked[..., -2:-1], ranked[..., -1:])
        relative[own < LEAST_LEAD * rival] = 0
    return relative


def watched_scores(scores: Reals, watched: Sequence[int] | NDArray[np.intp], against: Against) -> Doubles:
    """Scores of some labels as they count for events, shape (..., labels) to shape (..., watched).

    Parameters
    ----------
    scores : array, shape (..., labels)
        One that is not a finite number counts as 0.
    watched : sequence or array of int
        Numbers of the labels.
    against : "all" or "unreported"
        Whether scores count as they are, or as relative scores.
    """
    finite = np.asarray(scores, np.float64)
    if not np.isfinite(finite).all():
        finite = np.where(np.isfinite(finite), finite, 0.0)
    if against == "unreported":
        return relative_scores(finite, watched)
    own: Doubles = finite[..., watched]
    return own
