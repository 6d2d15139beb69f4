"""Unmodified training examples, for the baselines, which use no augmentation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.card import TrainingData
from whipbird_train.examples.labelled_sounds import Sounds

__all__ = ["UnmodifiedExamples", "silence_in_front"]


def silence_in_front(wave: Floats, length: int) -> Floats:
    """Cut a clip to its first `length` samples, or pad it with silence in front."""
    return np.pad(wave[:length], (max(0, length - len(wave)), 0))


class UnmodifiedExamples:
    """Makes the same examples in every epoch.

    Parameters
    ----------
    length : int
        Length of an example in samples.
    fitted : callable
        ``fitted(wave, length)`` cuts or pads a clip to the length.
    training : list of TrainingData
        Entries of the card for the recordings.
    """

    makes_features = False

    def __init__(
        self, sounds: Sounds, length: int, fitted: Callable[[Floats, int], Floats], training: list[TrainingData]
    ) -> None:
        self._sounds = sounds
        self._length = length
        self._fitted = fitted
        self.training = training
        self.key = hashlib.sha256(f"{sounds.key} {length} {fitted.__name__}".encode()).hexdigest()

    def __len__(self) -> int:
        return len(self._sounds)

    def __call__(self, index: int, rng: np.random.Generator) -> tuple[Floats, int]:
        return self._fitted(self._sounds.waves[index], self._length), int(self._sounds.labels[index])
