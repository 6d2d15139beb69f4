"""Batches for Keras: each epoch sees every clip once, changed anew, through the runtime's own front end."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from numpy.typing import NDArray

__all__ = ["Batches", "Example"]

Example = Callable[[int, np.random.Generator], tuple[NDArray[np.float32], int]]


class Batches(keras.utils.PyDataset):
    """Shuffled batches of examples that are made on the fly, in threads beside the training.

    Parameters
    ----------
    examples : int
        Examples per epoch.
    example : callable
        ``example(index, rng)`` gives one example: features and the number of its label.
    labels : int
        Number of labels; targets are one-hot, so that they can be smoothed.
    batch_size : int
    seed : int
        The same seed gives the same batches in every run; each epoch has its own.
    epoch : int
        Number of the first epoch, when an interrupted training goes on.
    """

    def __init__(
        self, examples: int, example: Example, labels: int, batch_size: int, seed: int, epoch: int = 0
    ) -> None:
        super().__init__(workers=2, max_queue_size=6)
        self._examples = examples
        self._example = example
        self._labels = labels
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = epoch
        self._shuffle()

    def __len__(self) -> int:
        return -(-self._examples // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rng = np.random.default_rng((self._seed, self._epoch, batch))
        chosen = self._order[batch * self._batch_size : (batch + 1) * self._batch_size]
        features, labels = zip(*(self._example(int(index), rng) for index in chosen), strict=True)
        return np.stack(features), np.eye(self._labels, dtype=np.float32)[list(labels)]

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        self._order = np.random.default_rng((self._seed, self._epoch)).permutation(self._examples)
