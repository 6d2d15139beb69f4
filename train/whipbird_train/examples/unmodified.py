"""Training examples as they are, for the documents' own settings, which change nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.card import TrainingData
from whipbird_train.examples.labelled_sounds import Sounds

__all__ = ["UnmodifiedExamples", "silence_in_front"]


def silence_in_front(wave: Floats, length: int) -> Floats:
    """The first samples of a longer clip; a shorter one after silence."""
    return np.pad(wave[:length], (max(0, length - len(wave)), 0))


class UnmodifiedExamples:
    """Makes the same examples in every round.

    Parameters
    ----------
    length : int
        Samples of an example.
    fitted : callable
        ``fitted(wave, length)`` brings a clip to that length.
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
