"""What the first network takes for a word, rightly or wrongly: the windows from which the second one learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers
from whipbird.models.model import Model
from whipbird_train.streams.scene_features import NOT_LEARNED, SceneFeatures

__all__ = ["Heard", "listen"]

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


def listen(model: Model, scene: SceneFeatures, frames: int, hears_from: float, rng: np.random.Generator) -> Heard:
    """Listen to a scene with a model, and keep some windows of each word that it hears, and what is to be heard there.

    Parameters
    ----------
    frames : int
        Length of the windows.
    hears_from : float
        Sum of the scores of all words from which a word is heard.
    """
    hop = model.card.hop_frames
    features = scene.features[: len(scene.features) // hop * hop].astype(np.float32)
    scores = _scores(model, features)
    kept: list[int] = []
    row: list[int] = []
    for number, score in enumerate([*scores, 0.0]):
        end = (number + 1) * hop
        if score >= hears_from:
            if end >= frames and scene.labels[end - 1] != NOT_LEARNED:
                row.append(end)
        elif row:
            kept += [row[place] for place in sorted(rng.permutation(len(row))[:MOST_IN_ROW])]
            row = []
    windows = np.array([features[end - frames : end] for end in kept], np.float16)
    return Heard(
        windows.reshape(-1, frames, features.shape[1]), scene.labels[[end - 1 for end in kept]].astype(np.int64)
    )


def _scores(model: Model, features: Floats) -> Floats:
    """Sum of the scores of all words at every hop."""
    network = model.network
    scores: Floats = network.score([network.new_state()], features[None])[0][:, model.card.reported].sum(axis=1)
    return scores
