"""What the first network takes for a word, rightly or wrongly: the windows from which the second one learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers
from whipbird.models.model import Model
from whipbird_train.streams.scenes import Scene

__all__ = ["Ear", "Heard"]

NEAR_S = 0.36  # from the middle of a command to the moment that a window is about: the window is of that command
FAR_S = 0.6  # from there on, it is not
UNCERTAIN_S = 1.0  # so near an uncertain command, nothing is learned
MISSING_S = 0.08  # of the end of a command that may be missing
EVERY = 2  # hops from one window to the next
MOST_IN_ROW = 2  # windows of one word


@dataclass(frozen=True, eq=False)
class Heard:
    """Windows and their labels.

    Attributes
    ----------
    windows : array of float16, shape (n, frames, width)
    labels : array of int, shape (n,)
    """

    windows: NDArray[np.float16]
    labels: Integers

    @staticmethod
    def joined(parts: Sequence[Heard]) -> Heard:
        """The windows of all parts."""
        return Heard(np.concatenate([part.windows for part in parts]), np.concatenate([part.labels for part in parts]))


class Ear:
    """Listens to scenes with a model, and keeps the windows in which it hears a word.

    Parameters
    ----------
    model : Model
    frames : int
        Length of the windows that are kept; the model's own window is at their end.
    ask_from : float
        Sum of the scores of all words from which a word is heard.
    unknown : int
        Label of what is none of the words.
    """

    def __init__(self, model: Model, frames: int, ask_from: float, unknown: int) -> None:
        self._model = model
        self._frontend = model.frontend()
        self._frames = frames
        self._ask_from = ask_from
        self._unknown = unknown

    def listen(self, scene: Scene, rng: np.random.Generator) -> Heard:
        """Windows of a scene in which the model hears a word."""
        card, frontend, network = self._model.card, self._frontend, self._model.network
        hop = card.hop_frames
        before = frontend.span(self._frames)
        features = frontend.whole(np.concatenate((np.zeros(before, np.float32), scene.sound)))
        features = features[: len(features) // hop * hop]
        scores = network.score([network.new_state()], features[None])[0][:, card.reported].sum(axis=1)
        kept: list[Floats] = []
        labels: list[int] = []
        row: list[tuple[int, int]] = []
        first = -(-self._frames // hop) + int(rng.integers(EVERY))
        for number in range(first, len(scores) + EVERY, EVERY):
            label, end = None, (number + 1) * hop
            if number < len(scores) and scores[number] >= self._ask_from:
                label = self._label(self._time_s(end) - before / card.sample_rate_hz, scene)
            if label is not None:
                row.append((end, label))
                continue
            for place in sorted(rng.permutation(len(row))[:MOST_IN_ROW]):
                end_of, label_of = row[place]
                kept.append(features[end_of - self._frames : end_of])
                labels.append(label_of)
            row = []
        windows = np.array(kept, np.float16).reshape(-1, self._frames, frontend.width)
        return Heard(windows, np.array(labels, np.int64))

    def _time_s(self, end: int) -> float:
        """The moment that a window with this last frame is about."""
        return self._frontend.span(end) / self._model.card.sample_rate_hz - self._model.card.reference_s

    def _label(self, at_s: float, scene: Scene) -> int | None:
        """The label of a window that is about this moment, or None if it is not certain which one."""
        card = self._model.card
        distances = [abs((one.begin_s + one.end_s) / 2 - at_s) for one in scene.truth]
        far_s = [UNCERTAIN_S if one.uncertain else FAR_S for one in scene.truth]
        around = [number for number, distance in enumerate(distances) if distance < far_s[number]]
        if not around:
            return self._unknown
        near = [scene.truth[number] for number in around if distances[number] <= NEAR_S]
        if len(near) != 1 or any(scene.truth[number].uncertain for number in around):
            return None
        [one] = near
        complete = one.end_s <= at_s + card.reference_s + MISSING_S
        return card.labels.index(one.label) if complete else None
