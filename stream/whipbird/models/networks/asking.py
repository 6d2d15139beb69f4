"""Networks that ask a second one: where the first hears a word, a larger network that sees more decides with it.

The second network sees the window of the first and the sound before it. It is asked only for windows in which the first
gives all reported labels together a score from `Second.ask_from` on, so it costs nothing while nothing is heard.
Whether it is asked depends on the window alone. So the scores are the same however a stream is cut, and windows can be
skipped as those of any windowed network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.sliding_window import SlidingWindow
from whipbird.models.networks.base import NetworkFile
from whipbird.models.networks.windowed import WindowedNetwork, WindowedState

__all__ = ["AskingNetwork"]

LEAST = 1e-7  # of a score, so that it has a logarithm


class AskingNetwork(WindowedNetwork):
    """A windowed network that asks a second one.

    Where it is asked, the scores are the weighted geometric mean of both, scaled to a sum of 1.

    Parameters
    ----------
    first, second : NetworkFile
        The second has the same labels and features and a longer window.
    reported : sequence of int
        Numbers of the labels that are reported.
    ask_from : float
        Sum of their scores from which the second network is asked.
    weight : float
        Of the second network's scores, between 0 and 1.

    Raises
    ------
    BundleError
        If one of the networks does not run here, or does not fit what its card says.
    """

    SECOND_FILE: ClassVar = "second.tflite"

    def __init__(
        self, first: NetworkFile, second: NetworkFile, reported: Sequence[int], ask_from: float, weight: float
    ) -> None:
        self._second = WindowedNetwork(second)
        self._wide = second.window
        self._before = np.tile(first.silence, (second.window - first.window, 1))
        self._reported, self._ask_from, self._weight = list(reported), ask_from, np.float32(weight)
        super().__init__(first)

    def score_window(self, window: Floats) -> Floats:
        """Score one window after silence, shape (window, width); returns shape (labels,)."""
        return self._decided(super().score_window(window), np.concatenate((self._before, window)))

    def new_state(self) -> WindowedState:
        rows = SlidingWindow(self._wide + (self._stride - 1) * self._hop, self._silence)
        return WindowedState(rows, self._missing)

    def _score_at(self, state: WindowedState, back: int) -> Floats:
        rows = state.rows.view()
        end = len(rows) - back * self._hop
        return self._decided(super().score_window(self._view(state, back)), rows[end - self._wide : end])

    def _decided(self, scores: Floats, wide: Floats) -> Floats:
        """The scores of both networks, or those of the first, shape (labels,), if it hears no word."""
        if not scores[self._reported].sum() >= self._ask_from:
            return scores
        own, other = (np.log(np.maximum(one, LEAST)) for one in (scores, self._second.score_window(wide)))
        mean = np.exp((1 - self._weight) * own + self._weight * other)
        decided: Floats = mean / mean.sum()
        return decided
