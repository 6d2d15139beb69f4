"""Answers of a teacher to the examples of each epoch, from which a small network learns."""

from __future__ import annotations

import keras
import numpy as np

from whipbird.arrays import Floats
from whipbird_train.fitting.epoch_cache import EpochCache

__all__ = ["FRONTEND", "Answers"]

FRONTEND = "teacher"  # name of the teacher's features in the cache


class Answers:
    """What the two say of each round, computed once, and the embeddings that one of them stands on."""

    step = 8  # frames from one hint to the next

    def __init__(self, rounds: EpochCache, embedded: EpochCache, head: keras.Model, whole: keras.Model) -> None:
        self._rounds = rounds
        self._embedded = embedded
        self._head = head
        self._whole = whole
        some = embedded.features(0, FRONTEND)
        self._mean, self._deviation = some.mean(axis=(0, 1)), some.std(axis=(0, 1))

    def targets(self, number: int) -> Floats:
        """Their answers to a round: probabilities, shape (examples, labels)."""
        file = self._rounds.folder / f"{number:03d}.targets.npy"
        if not file.exists():
            one = self._head.predict(self._embedded.features(number, FRONTEND), batch_size=128, verbose=0)
            other = self._whole.predict(self._rounds.features(number, FRONTEND), batch_size=128, verbose=0)
            np.save(file, (one + other) / 2)
        answers: Floats = np.load(file)
        return answers

    def hints(self, number: int) -> Floats:
        """The embeddings of a round, shape (examples, hints, width), with mean 0 and variance 1."""
        return (self._embedded.features(number, FRONTEND) - self._mean) / self._deviation
