"""Networks that ask a second one: where the first hears a word, a larger network that sees more decides with it.

The second network is windowed, and sees as much of the sound as it needs. It is asked only at hops at which the first
gives all reported labels together a score from `Second.ask_from` on, so it costs nothing while nothing is heard.
Whether it is asked depends on the sound alone. So the scores are the same however a stream is cut. Single clips, which
do not hold what was before a word, are classified by the first alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.sliding_window import SlidingWindow
from whipbird.models.networks.base import Network, NetworkFile
from whipbird.models.networks.windowed import WindowedNetwork

__all__ = ["AskingNetwork"]

LEAST = 1e-7  # of a score, so that it has a logarithm


@dataclass(frozen=True, eq=False)
class AskingState:
    """What is kept of a stream: the state of the first network, and the last frames."""

    first: Any
    rows: SlidingWindow


class AskingNetwork:
    """A network that asks a second one.

    Where it is asked, the scores are the weighted geometric mean of both, scaled to a sum of 1.

    Parameters
    ----------
    first : Network
    second : NetworkFile
        A windowed network with the same labels, features and hop.
    reported : sequence of int
        Numbers of the labels that are reported.
    ask_from : float
        Sum of their scores from which the second network is asked.
    weight : float
        Of the second network's scores, between 0 and 1.

    Raises
    ------
    BundleError
        If the second network does not run here, or does not fit what its card says.
    """

    FILE: ClassVar = "second.tflite"

    def __init__(
        self, first: Network, second: NetworkFile, reported: Sequence[int], ask_from: float, weight: float
    ) -> None:
        self._first = first
        self._second = WindowedNetwork(second)
        self._window, self._hop, self._silence = second.window, second.hop, second.silence
        self._reported, self._ask_from, self._weight = list(reported), ask_from, np.float32(weight)

    def new_state(self) -> AskingState:
        return AskingState(self._first.new_state(), SlidingWindow(self._window, self._silence))

    def score(self, states: Sequence[AskingState], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        scores = self._first.score([state.first for state in states], frames, may_skip)
        for state, own, new in zip(states, scores, frames, strict=True):
            for number in range(len(own)):
                state.rows.push(new[number * self._hop : (number + 1) * self._hop])
                own[number] = self._decided(own[number], state.rows.view())
        return scores

    def embeddings(self, state: AskingState) -> Floats | None:
        return self._first.embeddings(state.first)

    def _decided(self, scores: Floats, window: Floats) -> Floats:
        """The scores of both networks, or those of the first, shape (labels,), if it hears no word."""
        if not scores[self._reported].sum() >= self._ask_from:
            return scores
        own, other = (np.log(np.maximum(one, LEAST)) for one in (scores, self._second.score_window(window)))
        mean = np.exp((1 - self._weight) * own + self._weight * other)
        decided: Floats = mean / mean.sum()
        return decided
