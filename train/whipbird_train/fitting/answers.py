"""A teacher's answers to the examples of each cached epoch, from which a small network learns."""

from __future__ import annotations

import keras
import numpy as np

from whipbird.arrays import Floats
from whipbird_train.fitting.epoch_cache import Epochs

__all__ = ["FRONTEND", "Answers"]

FRONTEND = "teacher"  # name of the teacher's features in the cache


class Answers:
    """Scores of a teacher's two networks for each cached epoch, computed once, and the embeddings that one takes."""

    step = 8  # frames from one hint to the next

    def __init__(self, cache: Epochs, embedded: Epochs, head: keras.Model, whole: keras.Model) -> None:
        self._cache = cache
        self._embedded = embedded
        self._head = head
        self._whole = whole
        some = embedded.features(0, FRONTEND)
        self._mean, self._deviation = some.mean(axis=(0, 1)), some.std(axis=(0, 1))

    def targets(self, number: int) -> Floats:
        """Mean scores of the two for an epoch: probabilities, shape (examples, labels)."""
        file = self._cache.folder / f"{number:03d}.targets.npy"
        if not file.exists():
            one = self._head.predict(self._embedded.features(number, FRONTEND), batch_size=128, verbose=0)
            other = self._whole.predict(self._cache.features(number, FRONTEND), batch_size=128, verbose=0)
            np.save(file, (one + other) / 2)
        answers: Floats = np.load(file)
        return answers

    def hints(self, number: int) -> Floats:
        """Embeddings of an epoch, shape (examples, hints, width), with mean 0 and variance 1."""
        return (self._embedded.features(number, FRONTEND) - self._mean) / self._deviation
