"""Training examples of spoken words: clips changed at random, and what a stream has between and across words."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.card import TrainingData
from train import augment, synthesis
from train.datasets.clips import fit_length
from train.sounds import Sounds

__all__ = ["Mixture", "WordExamples", "synthetic_speech"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Mixture:
    """What a stream has that single clips have not, as shares of the words.

    Attributes
    ----------
    cut : float
        Cut in half, and so unknown.
    neighbour : float
        With the end or the begin of another word in the window.
    made_silence : float
        Share of the silent clips that are made anew: noise at any level, digital silence, hum, clicks.
    """

    cut: float = 0.05
    neighbour: float = 0.12
    made_silence: float = 0.6


class WordExamples:
    """Makes training examples of words.

    Parameters
    ----------
    sounds : Sounds
    length : int
        Samples of an example.
    augmenter : augment.Augmenter
    mixture : Mixture
    silence, unknown : int or None
        Numbers of these labels, where there are any; without them nothing is cut or made silent.
    training : list of TrainingData
        What the card says of the recordings.
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
    ) -> None:
        self._waves = [fit_length(wave, length) for wave in sounds.waves]
        self._labels = sounds.labels
        self._augmenter = augmenter
        self._mixture = mixture
        self._silence = silence
        self._unknown = unknown
        self._words = np.flatnonzero(sounds.labels != (-1 if silence is None else silence))
        self.training = training
        code = inspect.getsource(augment) + inspect.getsource(WordExamples)
        how = (augmenter, mixture, length, silence, unknown, code)
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
        elif chance < mixture.cut and self._unknown is not None:
            wave, label = self._moved(wave, rng, 0.5, 0.75), self._unknown
        elif chance < mixture.cut + mixture.neighbour:
            other = self._waves[self._words[rng.integers(len(self._words))]]
            level_db = 20 * np.log10(augment.rms(wave)) + rng.uniform(-6, 6)
            wave = wave + self._moved(augment.scale_to_dbfs(other, level_db), rng, 0.55, 0.9)
        return self._augmenter.sound(wave, rng), label

    def _moved(self, wave: Floats, rng: np.random.Generator, least: float, most: float) -> Floats:
        """Shift by such a share of the window to a random side; what leaves the window is gone."""
        by = round(rng.uniform(least, most) * len(wave))
        empty = np.zeros(by, np.float32)
        return np.concatenate((empty, wave[:-by]) if rng.random() < 0.5 else (wave[by:], empty))


def synthetic_speech(
    words: Mapping[int, str],
    voices: int,
    unknown: int | None,
    others: int,
    sentences: int,
    foreign: int,
    rate_hz: int,
    length: int,
    seed: int,
) -> Sounds:
    """What synthetic voices say.

    Parameters
    ----------
    words : mapping of int to str
        What to say for each label.
    voices : int
        How often each is said.
    unknown : int or None
        Label of everything else that is said; None says nothing else.
    others : int
        Other words, none of them among `words`.
    sentences : int
        Windows of running speech.
    foreign : int
        Windows of speech in other languages.
    rate_hz, length : int
        Of the clips.
    seed : int

    Raises
    ------
    FileNotFoundError
        If espeak-ng is not installed.
    """
    waves: list[Floats] = []
    labels: list[int] = []
    for label, word in words.items():
        waves += list(synthesis.spoken_words(word, voices, rate_hz, length, seed))
        labels += [label] * voices
    if unknown is not None:
        said = {part for word in words.values() for part in word.lower().split()}
        fillers = [word for word in synthesis.FILLERS if word not in said]
        for number, word in enumerate(np.random.default_rng(seed).choice(fillers, others)):
            waves += list(synthesis.spoken_words(str(word), 1, rate_hz, length, seed + number))
        waves += list(synthesis.spoken_sentences(fillers, sentences, rate_hz, length, seed))
        waves += list(synthesis.foreign_speech(foreign, rate_hz, length, seed))
        labels += [unknown] * (others + sentences + foreign)
    names = tuple(f"synthetic/{number}" for number in range(len(waves)))
    splits = ("made",) * len(waves)
    return Sounds(waves, np.array(labels, np.int64), names, names, splits, synthesis.training_data)
