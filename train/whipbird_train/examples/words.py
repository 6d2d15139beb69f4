"""Training examples of spoken words: clips changed at random, and windows as in streams, between and across words."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.card import TrainingData
from whipbird_train.datasets.clips import fit_length
from whipbird_train.examples import augment
from whipbird_train.examples.labelled_sounds import Sounds

__all__ = ["Mixture", "WordExamples"]


CHAIN_DBFS = -25.0
NEIGHBOUR_S = (0.08, 0.45)  # gap between a word and its neighbour


@dataclass(frozen=True)
class Mixture:
    """Situations of streams that single clips lack, as shares of the words.

    Attributes
    ----------
    cut : float
        Share cut in half, and so unknown: at the edge of the window, or within silence.
    neighbour : float
        Share with another word shortly before or after, or one on each side.
    made_silence : float
        Share of the silent clips that are replaced by synthetic ones: noise at any level, digital silence, hum, clicks.
    running : float
        Share of the unknown clips that are replaced by running speech: unknown words that follow each other without a
        pause, or a piece of recorded speech.
    swallowed : float
        Share of the words that are embedded in running speech, and so unknown.
    """

    cut: float = 0.05
    neighbour: float = 0.12
    made_silence: float = 0.6
    running: float = 0.0
    swallowed: float = 0.0


class WordExamples:
    """Makes training examples of words.

    Parameters
    ----------
    sounds : Sounds
    length : int
        Length of an example in samples.
    augmenter : augment.Augmenter
    mixture : Mixture
    silence, unknown : int or None
        Numbers of these labels, or None where they are missing; then no examples of them are made.
    training : list of TrainingData
        Entries of the card for the recordings.
    speech : sequence of arrays, shape (samples,)
        Recordings of running speech in which nobody says one of the words as a command.
    """

    makes_features = False

    def __init__(
        self,
        sounds: Sounds,
        length: int,
        augmenter: augment.Augmenter,
        mixture: Mixture,
        silence: int | None,
        unknown: int | None,
        training: list[TrainingData],
        speech: Sequence[Floats] = (),
    ) -> None:
        self._waves = [fit_length(wave, length) for wave in sounds.waves]
        self._labels = sounds.labels
        self._augmenter = augmenter
        self._mixture = mixture
        self._silence = silence
        self._unknown = unknown
        self._words = np.flatnonzero(sounds.labels != (-1 if silence is None else silence))
        self._others = np.flatnonzero(sounds.labels == (-1 if unknown is None else unknown))
        self._speech = [wave for wave in speech if len(wave) >= length]
        self._length = length
        self.training = training
        code = inspect.getsource(augment) + inspect.getsource(WordExamples)
        digest = hashlib.sha256(b"".join(wave.tobytes() for wave in self._speech)).hexdigest()
        how = (augmenter, mixture, length, silence, unknown, code, digest)
        self.key = hashlib.sha256(f"{sounds.key} {how}".encode()).hexdigest()

    def __len__(self) -> int:
        return len(self._waves)

    def __call__(self, index: int, rng: np.random.Generator) -> tuple[Floats, int]:
        wave, label = self._waves[index], int(self._labels[index])
        chance = rng.random()
        mixture = self._mixture
        if label == self._silence:
            if chance < mixture.made_silence:
                return self._augmenter.silence(len(wave), rng), label
        elif label == self._unknown and chance < mixture.running:
            wave = self._running(rng)
        elif chance < mixture.cut and self._unknown is not None:
            cut = self._halved if rng.random() < 0.5 else self._moved
            wave, label = cut(wave, rng), self._unknown
        elif chance > 1 - mixture.swallowed and self._unknown is not None:
            wave, label = fit_length(_chained([self._other(rng), wave, self._other(rng)]), self._length), self._unknown
        elif chance < mixture.cut + mixture.neighbour:
            for after in ((True,), (False,), (False, True))[rng.integers(3)]:
                other = self._waves[self._words[rng.integers(len(self._words))]]
                wave = self._beside(wave, other, after, rng)
        return self._augmenter.sound(wave, rng), label

    def _running(self, rng: np.random.Generator) -> Floats:
        """A window of running speech."""
        if self._speech and rng.random() < 0.5:
            return augment.random_piece(self._speech, self._length, rng)
        return augment.random_piece([_chained([self._other(rng) for _ in range(4)])], self._length, rng)

    def _other(self, rng: np.random.Generator) -> Floats:
        """A random unknown word."""
        return self._waves[self._others[rng.integers(len(self._others))]]

    def _beside(self, wave: Floats, other: Floats, after: bool, rng: np.random.Generator) -> Floats:
        """Add another word shortly before or after, where it reaches into the window."""
        first, last = augment.loud_bounds(wave)
        level_db = 20 * np.log10(augment.rms(wave[first:last])) + rng.uniform(-6, 6)
        sound = augment.scale_to_dbfs(other[slice(*augment.loud_bounds(other))], level_db)
        gap = round(rng.uniform(*NEIGHBOUR_S) * self._augmenter.rate_hz)
        start = last + gap if after else first - gap - len(sound)
        left, right = max(start, 0), min(start + len(sound), len(wave))
        if left >= right:
            return wave
        beside = wave.copy()
        beside[left:right] += sound[left - start : right - start]
        return beside

    def _moved(self, wave: Floats, rng: np.random.Generator) -> Floats:
        """Shift by half a clip or more to a random side; samples beyond the edge are lost."""
        by = round(rng.uniform(0.5, 0.75) * self._length)
        empty = np.zeros(by, np.float32)
        return np.concatenate((empty, wave[:-by]) if rng.random() < 0.5 else (wave[by:], empty))

    def _halved(self, wave: Floats, rng: np.random.Generator) -> Floats:
        """Keep about half of the loud part, the first or the last, and silence the rest."""
        first, last = augment.loud_bounds(wave)
        middle = first + round(rng.uniform(0.4, 0.6) * (last - first))
        halved = wave.copy()
        if rng.random() < 0.5:
            halved[:middle] = 0
        else:
            halved[middle:] = 0
        return halved


def _chained(waves: Sequence[Floats]) -> Floats:
    """Join words without pauses, at equal levels."""
    return np.concatenate(
        [augment.scale_to_dbfs(wave[slice(*augment.loud_bounds(wave))], CHAIN_DBFS) for wave in waves]
    )
