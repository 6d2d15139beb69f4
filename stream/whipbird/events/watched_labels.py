"""The labels of a model that give events, as arrays, so that thousands of them cost little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from whipbird.arrays import Doubles, Reals
from whipbird.events.label_state import TOLERANCE
from whipbird.events.relative_scores import watched_scores
from whipbird.events.settings import Against, DebounceSettings

__all__ = ["WatchedLabels"]


class WatchedLabels:
    """The labels of a model that give events.

    Parameters
    ----------
    labels : sequence of str
        Names of the scores, in their order.
    settings : mapping
        Settings per label; labels without settings give no events.
    against : "all" or "unreported"
        Whether scores count as they are, or relative to those of the labels that are not reported.

    Attributes
    ----------
    labels : list of str
        Those with settings, in their order.
    settings : list of DebounceSettings
        Of each.
    numbers : array of int, shape (watched,)
        Number of each among all labels.
    on : array, shape (watched,)
        Scores from which a label's event can start.
    memory_s : float
        For how long scores matter.
    """

    def __init__(
        self, labels: Sequence[str], settings: Mapping[str, DebounceSettings], against: Against = "all"
    ) -> None:
        self.labels = [label for label in labels if label in settings]
        self.settings = [settings[label] for label in self.labels]
        self.numbers = np.array([number for number, label in enumerate(labels) if label in settings], np.intp)
        self.on = np.array([one.on for one in self.settings], np.float64) - TOLERANCE
        self.memory_s = max((one.smooth_s for one in self.settings), default=0.0)
        self._against = against

    def scores(self, scores: Reals) -> Doubles:
        """Their scores as they count for events: shape (..., labels) to (..., watched)."""
        return watched_scores(scores, self.numbers, self._against)
