"""Shares: a label's score against those of the labels that are never reported.

Scores of a network that chooses one of its labels add up to 1. What one command does not get goes to silence and other
words, and to commands that sound like it. The first speaks against there being a command, the second does not: a "go"
that could be a "no" is a command all the same. False alarms are sounds between a command and what is none. So the share

    score / (score + scores of all labels that are not reported)

parts them better than the score. Where two reported labels are nearly as likely, neither has a share: they would both
be reported.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whipbird.arrays import Doubles, Reals

__all__ = ["relative_scores"]

LEAST_LEAD = 3.0  # times the score of any other reported label


def relative_scores(scores: Reals, reported: Sequence[int]) -> Doubles:
    """The shares of the reported labels, between 0 and 1.

    Parameters
    ----------
    scores : array, shape (..., labels)
        At least 0.
    reported : sequence of int
        Numbers of the reported labels.

    Returns
    -------
    array, shape (..., reported)
    """
    every = np.asarray(scores, np.float64)
    own: Doubles = every[..., reported]
    others = np.zeros((*own.shape[:-1], 1))
    for number in set(range(every.shape[-1])).difference(reported):  # a row alone gives the same as many at once
        others += every[..., number, None]
    total = own + others
    share: Doubles = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
    if len(reported) > 1:
        ranked = np.sort(own, axis=-1)
        rival = np.where(own == ranked[..., -1:], ranked[..., -2:-1], ranked[..., -1:])
        share[own < LEAST_LEAD * rival] = 0
    return share
