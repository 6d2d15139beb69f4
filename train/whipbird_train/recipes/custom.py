"""Your own words, from a folder of few clips, distinguished by the features of the shipped keyword model.

That model is kept without its last layer, and only a new head on it is trained, in about a minute. Its bundle contains
its activations for thousands of other words, so that a new word is trained against real voices.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers
from whipbird.errors import BundleError, DataError
from whipbird.importers.bundle_files import model_name
from whipbird.models.bundle import read_card, shipped_folder
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird_train.datasets import folders, speech_commands
from whipbird_train.datasets.data_folders import data_root
from whipbird_train.datasets.speech_commands import SILENCE, UNKNOWN
from whipbird_train.examples.augment import Augmenter, loud_bounds
from whipbird_train.examples.labelled_sounds import Sounds, load_sounds
from whipbird_train.examples.speech_windows import words_in
from whipbird_train.examples.synthetic_speech import KOKORO, kokoro_words, synthetic_speech
from whipbird_train.examples.words import Mixture, WordExamples
from whipbird_train.export.write_bundle import EMBEDDINGS, KERAS
from whipbird_train.fitting.epoch_cache import EmbeddedEpochs, EpochCache
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.networks.assembly import body_of, joined, taught_head
from whipbird_train.recipes.commands import DEBOUNCE
from whipbird_train.soundscapes.own_words import calibrated_on_streams
from whipbird_train.study.recipe import Examples, Experiment, Lesson, Recipe
from whipbird_train.synthesis import espeak, spoken_clips

__all__ = ["recipe"]

log = logging.getLogger(__name__)


PARENT = "commands"
VALIDATION_SHARE = 0.2
LONGEST_WORD_S = 1.2

LIMITS = (
    "Trained on few clips: it works best with the voices and rooms in them. If it gives more false alarms where it is "
    "used than the figures above say, add recordings from there as background."
)
SETTINGS = FitSettings(
    epochs=30,
    batch=64,
    optimizer="adam",
    peak_rate=2e-3,
    warmup_epochs=2,
    weight_decay=0.01,
    label_smoothing=0.05,
    cached_epochs=8,
)

# Least number of examples of each kind in an epoch; clips are repeated, changed differently each time.
CLIPS = 150  # of each label
VOICES, KOKORO_VOICES = 40, 80  # synthetic clips of each label that is a word
OTHER_WORDS, SENTENCES, FOREIGN, SILENCES = 220, 140, 60, 80


@dataclass(frozen=True)
class Base:
    """A trained network that is not changed, below the head that is trained.

    Attributes
    ----------
    body : keras.Model
        Network from the features to the input of the head.
    known : (activations, labels)
        Further examples, given only as activations of the body: arrays of shape (n, width) and (n,).
    key : str
        Hash of the body and the activations.
    """

    body: keras.Model
    known: tuple[Floats, Integers]
    key: str

    @classmethod
    def load(cls, parent: Path, own: Sequence[str]) -> Base:
        """Load the shipped network without its last layer, and its activations for words other than the user's.

        Raises
        ------
        BundleError
            If the bundle lacks a file that this needs.
        """
        for name in (KERAS, EMBEDDINGS):
            if not (parent / name).is_file():
                raise BundleError(f"{parent}: no {name} to start training from; reinstall whipbird")
        body = body_of(keras.models.load_model(parent / KERAS, compile=False))
        with np.load(parent / EMBEDDINGS) as known:
            names, activations = known["names"], known["activations"] * known["steps"]
        words = {word for label in own for word in re.split(r"\W+|_", label.lower())}
        said = [words_in(name) or [speech_commands.word_of(Path(name))] for name in names]
        others = np.array([words.isdisjoint(spoken) and SILENCE not in spoken for spoken in said], bool)
        unknown = np.full(int(others.sum()), 1, np.int64)  # the number of the label UNKNOWN
        key = hashlib.sha256((parent / KERAS).read_bytes() + (parent / EMBEDDINGS).read_bytes()).hexdigest()
        return cls(body, (activations[others], unknown), key)


@dataclass(frozen=True, kw_only=True)
class _Custom(Recipe):
    """A recipe whose network is a head on another network."""

    base: Base

    def conditions(self, labels: tuple[str, ...], settings: FitSettings, seed: int) -> tuple[object, ...]:
        return (*super().conditions(labels, settings, seed), self.base.key)

    def lesson(
        self, cache: EpochCache, unseen: Floats | None, labels: int, test: Sounds, folder: Path, seed: int
    ) -> Lesson:
        body = self.base.body
        activations = None if unseen is None else body.predict(unseen, verbose=0)
        return Lesson(EmbeddedEpochs(cache, body, self.base.known), activations)

    def whole(self, trained: keras.Model) -> keras.Model:
        return joined(self.base.body, trained)

    def measured(self, card: Card, data: Path, model: Model, unseen: Iterator[tuple[Sounds, Model]]) -> Card:
        for sounds, trained in unseen:
            card = calibrated_on_streams(card, sounds, trained)
        return card


def recipe(folder: Path, name: str, background: Path | None, synthetic: bool, seed: int) -> Recipe:
    """Make the recipe for a folder of clips.

    Raises
    ------
    DataError
        If the folder is not suitable for training.
    BundleError
        If the shipped model, or one of its files for further training, is missing.
    """
    clips = folders.read_clips(folder, VALIDATION_SHARE, seed)
    parent = shipped_folder() / PARENT
    card = read_card(parent)
    own = [label for label in folders.labels_of(clips) if label not in (SILENCE, UNKNOWN)]
    if not own:
        raise DataError(f"no labels in {folder} but {SILENCE} and {UNKNOWN}, which are never reported")
    labels = (SILENCE, UNKNOWN, *own)
    base = Base.load(parent, own)

    def read(folder: Path) -> Sounds:
        backgrounds = folders.read_backgrounds(folder, card.sample_rate_hz, background)
        sounds = load_sounds(clips, labels, card.sample_rate_hz, folder, folders.training_data, backgrounds)
        _warn_of_calls(sounds, card.sample_rate_hz)
        return sounds.joined(_others(labels, card, synthetic, seed))

    return _Custom(
        name=model_name(name),
        description=f"{len(own)} labels trained on a folder of clips: {', '.join(own)}.",
        limits=LIMITS,
        licence=f"that of your recordings, and of {card.name}, on which it is based: {card.licence}",
        labels=labels,
        reported=tuple(own),
        rate_hz=card.sample_rate_hz,
        frontend=card.frontend,
        window=card.window,
        hop_s=card.hop_s,
        reference_s=card.reference_s,
        report="begin",
        debounce=DEBOUNCE,
        network=lambda count: taught_head(base.body.output_shape[-1], count),
        settings=SETTINGS,
        base=base,
        read=read,
        examples=lambda folder, sounds, labels, seed: _examples(sounds, card, labels, seed),
        experiments=_experiments,
    )


def _warn_of_calls(sounds: Sounds, rate_hz: int) -> None:
    """Warn where the sounds are longer than words."""
    bounds = [loud_bounds(wave) for wave in sounds.waves if len(wave) > rate_hz * LONGEST_WORD_S]
    lengths = [end - start for start, end in bounds] + [0] * (len(sounds.waves) - len(bounds))
    length_s = float(np.median(lengths)) / rate_hz
    if length_s > LONGEST_WORD_S:
        log.warning(
            "the sounds in these clips last %.1f s, longer than words: 'whipbird train calls' is for calls and other "
            "sounds, and judges them in whole recordings",
            length_s,
        )


def _others(labels: Sequence[str], card: Card, synthetic: bool, seed: int) -> Sounds:
    """Silence, and synthetic speech with and without the labels, where espeak-ng is installed."""
    rate_hz, length = card.sample_rate_hz, card.sample_rate_hz
    silence = labels.index(SILENCE)
    names = tuple(f"silence {number}" for number in range(SILENCES))
    quiet = [np.zeros(length, np.float32)] * SILENCES
    sounds = Sounds(quiet, np.full(SILENCES, silence), names, names, ("made",) * SILENCES, folders.training_data)
    if not synthetic:
        return sounds
    words = {number: label for number, label in enumerate(labels) if _is_word(label)}
    try:
        made = synthetic_speech(
            words, VOICES, labels.index(UNKNOWN), OTHER_WORDS, SENTENCES, FOREIGN, rate_hz, length, seed
        )
    except FileNotFoundError:
        log.warning("no synthetic voices: install espeak-ng for fewer false alarms")
        return sounds
    by_kokoro = kokoro_words(words, KOKORO_VOICES, data_root(), seed) if words else None
    return sounds.joined(made) if by_kokoro is None else sounds.joined(made).joined(by_kokoro)


def _examples(sounds: Sounds, card: Card, labels: Sequence[str], seed: int) -> Examples:
    own = _own(sounds)
    training = [folders.training_data(int(own.sum()))]
    by_kokoro = sum(name.startswith(KOKORO) for name in sounds.names)
    spoken = int((~own & (sounds.labels != labels.index(SILENCE))).sum()) - by_kokoro
    training += [espeak.training_data(spoken), spoken_clips.training_data(by_kokoro)]
    rng = np.random.default_rng(seed)
    numbers = [np.arange(len(sounds))]
    for label in set(sounds.labels[own].tolist()):
        clips = np.flatnonzero(own & (sounds.labels == label))
        missing = CLIPS - len(clips)
        if missing > 0:
            numbers.append(rng.permutation(np.resize(clips, missing)))
    repeated = sounds.taken(np.concatenate(numbers))
    length = card.sample_rate_hz
    cut = replace(repeated, waves=[_loudest(wave, length) for wave in repeated.waves])
    training = [one for one in (*training, *card.training) if one.recordings]  # the last: of the parent model
    # Greater changes than in the training of the shipped model, because there are few clips.
    augmenter = Augmenter(sounds.backgrounds, card.sample_rate_hz, speed=(0.85, 1.15), shift_s=0.15, filter_db=8.0)
    mixture = Mixture(cut=0.1, made_silence=1.0)
    return WordExamples(cut, length, augmenter, mixture, labels.index(SILENCE), labels.index(UNKNOWN), training)


def _loudest(wave: Floats, length: int) -> Floats:
    """The segment of `length` samples with the most energy."""
    if len(wave) <= length:
        return wave
    energy = np.concatenate(([0.0], np.cumsum(np.square(wave, dtype=np.float64))))
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return wave[start : start + length]


def _experiments(sounds: Sounds) -> list[Experiment]:
    """Train on most clips and test on the others; where there are too few clips, train and test on all."""
    aside = np.array([split == "validation" for split in sounds.splits])
    if aside.any():
        return [Experiment("clips kept aside", "validation", ~aside, aside)]
    return [Experiment("the clips that it was trained on", "validation", np.ones(len(sounds), bool), _own(sounds))]


def _own(sounds: Sounds) -> NDArray[np.bool_]:
    """Mask of the user's recordings."""
    return np.array([split != "made" for split in sounds.splits])


def _is_word(label: str) -> bool:
    return re.fullmatch(r"[^\W\d_]+([ '-][^\W\d_]+)*", label) is not None
