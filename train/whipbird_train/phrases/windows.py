"""Windows of embeddings to learn from, cut out of scenes, each with what is to be heard at its end."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers
from whipbird_train.streams.scene_features import NOT_LEARNED, SceneFeatures

__all__ = ["WindowBatches", "Windows"]


class Windows:
    """All windows of some scenes.

    Attributes
    ----------
    labels : array, shape (n,)
        Of each window, as numbers.
    """

    def __init__(self, scenes: Sequence[SceneFeatures], length: int) -> None:
        self._features = np.concatenate([one.features for one in scenes])
        self._length = length
        starts = np.cumsum([0, *(len(one.features) for one in scenes[:-1])])
        ends = [
            start + np.flatnonzero(one.labels[length - 1 :] != NOT_LEARNED) + length - 1
            for start, one in zip(starts, scenes, strict=True)
        ]
        self._ends = np.concatenate(ends)
        self.labels: NDArray[np.int64] = np.concatenate([one.labels for one in scenes])[self._ends].astype(np.int64)

    def __len__(self) -> int:
        return len(self._ends)

    def of(self, numbers: Integers) -> Floats:
        """Windows of these numbers, shape (n, length, width)."""
        places = self._ends[numbers][:, None] + np.arange(1 - self._length, 1)
        return self._features[places].astype(np.float32)


class WindowBatches(keras.utils.PyDataset):
    """Some windows in random order, an epoch at a time, in batches of equal size.

    Parameters
    ----------
    numbers : array, shape (n,)
        Windows of an epoch; one may be there several times.
    labels : int
        Number of labels.
    """

    def __init__(self, windows: Windows, numbers: Integers, labels: int, batch: int, seed: int) -> None:
        super().__init__()
        self._windows, self._labels, self._batch = windows, labels, batch
        self._rng = np.random.default_rng(seed)
        self._numbers = self._rng.permutation(numbers)

    def __len__(self) -> int:
        return max(1, len(self._numbers) // self._batch)

    def __getitem__(self, index: int) -> tuple[Floats, Floats]:
        own = self._numbers[index * self._batch : (index + 1) * self._batch]
        return self._windows.of(own), np.eye(self._labels, dtype=np.float32)[self._windows.labels[own]]

    def on_epoch_end(self) -> None:
        self._numbers = self._rng.permutation(self._numbers)
