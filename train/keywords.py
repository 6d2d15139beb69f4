"""Training a keyword model on Speech Commands: what the recipes share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from stream.card import Card, DebounceSettings, FrontEndSettings
from stream.frontend import FrontEnd
from stream.model import make_frontend
from train import augment, export, fit, synthesis
from train.batches import Batches
from train.datasets import clips, speech_commands
from train.matrices import make_matrices

__all__ = ["KeywordRecipe", "train_keywords"]

BATCH = 128
HOP_S = 0.06
DEBOUNCE = DebounceSettings(smooth_s=0.25, on=0.6, off=0.4, release_s=0.1, refractory_s=0.2)
SILENCE, UNKNOWN = (speech_commands.LABELS.index(label) for label in ("_silence_", "_unknown_"))

# What a stream has that single clips have not, as shares of the words:
CUT_SHARE = 0.05  # cut in half, and so unknown
NEIGHBOUR_SHARE = 0.12  # with the end or the begin of another word in the window
MADE_SILENCE_SHARE = 0.6  # of the silent clips are made anew

SYNTHETIC_WORDS = 40  # voices of each command
SYNTHETIC_SENTENCES = 700  # seconds of speech without a command


@dataclass(frozen=True)
class KeywordRecipe:
    """A keyword model.

    Attributes
    ----------
    name, description, limits : str
    rate_hz : int
    frontend : FrontEndSettings
    window : int
        Frames that the network sees: whole ones in a clip of one second.
    network : callable
        Builds the network for so many labels.
    settings : fit.Settings
    mask : bool
        Whether features are masked; for spectrograms.
    synthetic : bool
        Whether synthetic speech is added to the training clips.
    """

    name: str
    description: str
    limits: str
    rate_hz: int
    frontend: FrontEndSettings
    window: int
    network: Callable[[int], keras.Model]
    settings: fit.Settings
    mask: bool
    synthetic: bool


def train_keywords(
    recipe: KeywordRecipe, data: Path, run: Path, bundle: Path, seed: int = 1, epochs: int | None = None
) -> Card:
    """Train on the folder of Speech Commands, keep the run in ``run``, write the bundle; return its card."""
    settings = replace(recipe.settings, epochs=epochs or recipe.settings.epochs)
    matrices = make_matrices(recipe.frontend, recipe.rate_hz)
    frontend = make_frontend(recipe.frontend, matrices)
    kept, waves = clips.load_clips(speech_commands.read_clips(data), recipe.rate_hz, recipe.rate_hz)
    labels = np.array([speech_commands.LABELS.index(clip.label) for clip in kept])
    train, unseen = (np.array([clip.split == split for clip in kept]) for split in ("train", "validation"))
    sources = [speech_commands.training_data(int(train.sum()))]
    train_waves, train_labels = waves[train], labels[train]
    if recipe.synthetic:
        made_waves, made_labels = _synthetic_speech(recipe.rate_hz, seed)
        train_waves = np.concatenate((train_waves, made_waves))
        train_labels = np.concatenate((train_labels, made_labels))
        sources.append(synthesis.training_data(len(made_waves)))
    augmenter = augment.Augmenter(speech_commands.read_backgrounds(data, recipe.rate_hz), recipe.rate_hz)
    examples = Examples(train_waves, train_labels.tolist(), frontend, augmenter, recipe.mask)
    names = speech_commands.LABELS
    batches = Batches(len(train_waves), examples, len(names), BATCH, seed, fit.epochs_done(run))
    validation = frontend.whole(waves[unseen]), labels[unseen]

    keras.utils.set_random_seed(seed)
    network = recipe.network(len(names))
    fit.fit(network, batches, validation, settings, run)
    card = Card(
        name=recipe.name,
        version="0.1.0",
        description=recipe.description,
        labels=list(names),
        sample_rate_hz=recipe.rate_hz,
        window=recipe.window,
        hop_s=HOP_S,
        reference_s=frontend.span(recipe.window) / recipe.rate_hz / 2,  # a word lies in the middle of its clip
        report="begin",
        frontend=recipe.frontend,
        debounce=dict.fromkeys(speech_commands.WORDS, DEBOUNCE),
        training=sources,
        licence="MIT",
        limits=recipe.limits,
        results={},
        sha256={},
    )
    return export.write_bundle(network, card, matrices, validation, bundle)


def _synthetic_speech(rate_hz: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Commands and other speech of synthetic voices: clips of one second, and their labels."""
    words = [synthesis.spoken_words(word, SYNTHETIC_WORDS, rate_hz, rate_hz, seed) for word in speech_commands.WORDS]
    sentences = synthesis.spoken_sentences(SYNTHETIC_SENTENCES, rate_hz, rate_hz, seed)
    numbers = [speech_commands.LABELS.index(word) for word in speech_commands.WORDS]
    labels = np.concatenate((np.repeat(numbers, SYNTHETIC_WORDS), np.full(len(sentences), UNKNOWN)))
    return np.concatenate((*words, sentences)), labels


class Examples:
    """Training examples: clips changed at random, and what a stream has between and across words.

    Parameters
    ----------
    waves : array, shape (clips, samples)
    labels : list of int
    frontend : FrontEnd
    augmenter : augment.Augmenter
    mask : bool
    """

    def __init__(
        self,
        waves: NDArray[np.float32],
        labels: list[int],
        frontend: FrontEnd,
        augmenter: augment.Augmenter,
        mask: bool,
    ) -> None:
        self._waves = waves
        self._labels = labels
        self._frontend = frontend
        self._augmenter = augmenter
        self._mask = mask
        self._words = [index for index, label in enumerate(labels) if label != SILENCE]

    def __call__(self, index: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], int]:
        """Features, shape (frames, width), and label of one example."""
        samples, label = self._sound(index, rng)
        features = self._frontend.whole(samples)
        if self._mask:
            augment.mask(features, rng)
        return features, label

    def _sound(self, index: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], int]:
        wave, label = self._waves[index], self._labels[index]
        chance = rng.random()
        if label == SILENCE:
            if chance < MADE_SILENCE_SHARE:
                return self._augmenter.silence(len(wave), rng), label
        elif chance < CUT_SHARE:
            wave, label = self._moved(wave, rng, 0.5, 0.75), UNKNOWN
        elif chance < CUT_SHARE + NEIGHBOUR_SHARE:
            other = self._waves[self._words[rng.integers(len(self._words))]]
            level_db = 20 * np.log10(augment.rms(wave)) + rng.uniform(-6, 6)
            wave = wave + self._moved(augment.scale_to_dbfs(other, level_db), rng, 0.55, 0.9)
        return self._augmenter.sound(wave, rng), label

    def _moved(
        self, wave: NDArray[np.float32], rng: np.random.Generator, least_s: float, most_s: float
    ) -> NDArray[np.float32]:
        """Shift to a random side; what leaves the window is gone."""
        by = round(rng.uniform(least_s, most_s) * self._augmenter.rate_hz)
        empty = np.zeros(by, np.float32)
        return np.concatenate((empty, wave[:-by]) if rng.random() < 0.5 else (wave[by:], empty))
