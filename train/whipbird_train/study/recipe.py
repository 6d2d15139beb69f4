"""Recipes: everything that makes one model, and how it is tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.events.settings import Against, DebounceSettings
from whipbird.models.card import Card, SpeciesNames, TrainingData
from whipbird.models.frontends.build import FrontEndSettings
from whipbird.models.model import Model
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.fitting.answers import Answers
from whipbird_train.fitting.epoch_cache import EpochCache, Epochs, Maker
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.fitting.teacher import SpeechEmbeddingTeacher

__all__ = ["Examples", "Experiment", "Lesson", "Recipe"]


@dataclass(frozen=True)
class Experiment:
    """One training, and the clips that test it.

    Attributes
    ----------
    protocol : str
        What is measured, such as ``unseen speakers``. The results of one protocol's experiments are pooled.
    name : str
        Name within the protocol; also the name of the folder.
    train, test : arrays of bool, shape (clips,)
    labels : tuple of int or None
        Numbers of the labels that take part; None for all.
    """

    protocol: str
    name: str
    train: NDArray[np.bool_]
    test: NDArray[np.bool_]
    labels: tuple[int, ...] | None = None


class Examples(Maker, Protocol):
    """Makes training examples, and lists the recordings they are made of."""

    @property
    def training(self) -> list[TrainingData]:
        """Entries of the card for the recordings."""


@dataclass(frozen=True)
class Lesson:
    """What a network learns from.

    Attributes
    ----------
    unseen : array, shape (clips, ...), or None
        Features of clips that are not trained on, or None if there are none.
    """

    cache: Epochs
    unseen: Floats | None
    teacher: Answers | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One model: attributes that all recipes have, and methods that some of them override.

    Attributes
    ----------
    name, description, limits, licence : str
        For the card. `limits` says what the model cannot do.
    labels : tuple of str
        In the order of the network's outputs.
    reported : tuple of str
        Labels that become events.
    window : int
        Frames in one window of the network.
    hop_s : float
        Seconds from the start of one window to that of the next.
    reference_s : float
        Seconds from the sound that a score describes to the end of the window.
    report : str
        Whether an event is reported at its start (``begin``) or at its end (``end``).
    network : callable
        Builds the network that is trained, for a number of labels.
    read : callable
        ``read(folder)`` returns the recordings.
    examples : callable
        ``examples(folder, sounds, labels, seed)`` returns what makes training examples of some of the recordings.
    experiments : callable
        ``experiments(sounds)`` returns what is measured, the most important protocol first.
    shipped : str or None
        Name of the experiment whose network ships; None to ship another network, trained on all recordings.
    members : int
        Number of networks, trained with different seeds, whose scores are averaged.
    lead_s : float
        Seconds from the start of a sound to the rise of its score.
    debounce : DebounceSettings
        The study chooses the thresholds of each label from clips that were not trained on; the rest is used unchanged.
    against : str
        Whether scores are used unchanged (``all``), or as shares (``unreported``); see
        `whipbird.events.relative_scores`.
    species : mapping
        Names of the labels that are sounds of a species.
    eight_bit : bool
        Whether eight-bit weights may ship.
    """

    name: str
    description: str
    limits: str
    licence: str
    labels: tuple[str, ...]
    reported: tuple[str, ...]
    rate_hz: int
    frontend: FrontEndSettings
    window: int
    hop_s: float
    reference_s: float
    report: Literal["begin", "end"]
    network: Callable[[int], keras.Model]
    settings: FitSettings
    read: Callable[[Path], Sounds]
    examples: Callable[[Path, Sounds, tuple[str, ...], int], Examples]
    experiments: Callable[[Sounds], list[Experiment]]
    shipped: str | None = None
    members: int = 1
    lead_s: float = 0.0
    debounce: DebounceSettings = field(default_factory=DebounceSettings)
    against: Against = "all"
    species: Mapping[str, SpeciesNames] = field(default_factory=dict)
    eight_bit: bool = True
    teaching: SpeechEmbeddingTeacher | None = None

    def conditions(self, labels: tuple[str, ...], settings: FitSettings, seed: int) -> tuple[object, ...]:
        """Everything but the recordings that determines a training; its text is hashed into the training's key."""
        return (
            self.name, labels, self.frontend, self.window, self.members, self.teaching, self.hop_s,
            self.debounce.smooth_s, settings, seed,
        )  # fmt: skip

    def lesson(
        self, cache: EpochCache, unseen: Floats | None, labels: int, test: Sounds, folder: Path, seed: int
    ) -> Lesson:
        """What the network learns from: the cached epochs, and the teacher's answers if there is a teacher."""
        teacher = None if self.teaching is None else self.teaching(cache, labels, test, folder, seed)
        return Lesson(cache, unseen, teacher)

    def whole(self, trained: keras.Model) -> keras.Model:
        """The network from features to scores, of which the trained network may be a part."""
        return trained

    def in_steps(self, network: keras.Model) -> keras.Model | None:
        """The whole network in steps (see `whipbird_train.networks.streaming`), or None if it needs windows."""
        return None

    def further_arrays(
        self, network: keras.Model, sounds: Sounds, data: Path, features: Callable[[Sounds], Floats]
    ) -> dict[str, dict[str, NDArray]]:
        """Further files of the bundle: the arrays of each ``.npz`` file, made of the clips that trained the network.

        Parameters
        ----------
        data : Path
            Folder of the data set.
        """
        return {}

    def measured(self, card: Card, data: Path, model: Model, unseen: Iterator[tuple[Sounds, Model]]) -> Card:
        """The card after the finished model has run on whole recordings; unchanged for recipes that have none.

        Parameters
        ----------
        data : Path
            Folder of the data set.
        model : Model
            The finished bundle.
        unseen : iterator of (Sounds, Model)
            For each experiment with all labels: the clips it did not train on, and a bundle with its network.
        """
        return card
