"""What a recipe is: everything that makes one model, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.events.settings import Against, DebounceSettings
from whipbird.models.card import Card, TrainingData
from whipbird.models.frontends.build import FrontEndSettings
from whipbird.models.model import Model
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.fitting.answers import Answers
from whipbird_train.fitting.epoch_cache import EpochCache, Maker
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.fitting.teacher import SpeechEmbeddingTeacher

__all__ = ["Examples", "Experiment", "Lesson", "Recipe"]


@dataclass(frozen=True)
class Experiment:
    """One training and what it is judged on.

    Attributes
    ----------
    protocol : str
        What is measured, such as ``unseen speakers``. Experiments of one protocol are judged together.
    name : str
        Which of them this is; also the name of its folder.
    train, test : arrays of bool, shape (clips,)
    labels : tuple of int or None
        Only these labels, where not all take part.
    """

    protocol: str
    name: str
    train: NDArray[np.bool_]
    test: NDArray[np.bool_]
    labels: tuple[int, ...] | None = None


class Examples(Maker, Protocol):
    """Makes training examples, and says of what."""

    @property
    def training(self) -> list[TrainingData]:
        """What the card says of the recordings."""


@dataclass(frozen=True)
class Lesson:
    """What a network learns from.

    Attributes
    ----------
    unseen : array, shape (clips, ...), or None
        Features of clips that are not trained on, if there are any.
    """

    rounds: EpochCache
    unseen: Floats | None
    teacher: Answers | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One model: what is said of all, and methods for what only some of them do.

    Attributes
    ----------
    name, description, limits, licence : str
        For the card. `limits` says what the model cannot do.
    labels : tuple of str
        In the order of the network's outputs.
    reported : tuple of str
        Those that become events.
    window : int
        Frames that the network sees.
    hop_s : float
        Seconds from one window to the next.
    reference_s : float
        How far before the end of the window the sound lies that a score speaks of.
    report : str
        ``begin`` or ``end``.
    network : callable
        Builds the network that learns, for a number of labels.
    read : callable
        ``read(folder)`` gives the recordings.
    examples : callable
        ``examples(folder, sounds, labels, seed)`` gives what makes training examples of some of them.
    experiments : callable
        ``experiments(sounds)`` gives what is measured, the most telling protocol first.
    shipped : str or None
        Name of the experiment whose network ships; None: a network that is then trained on everything.
    members : int
        How many networks are trained, each with a seed of its own, to vote as one.
    lead_s : float
        How long a sound has lasted when its score rises.
    debounce : DebounceSettings
        The thresholds for each label are chosen from clips that were not trained on; the rest stays.
    against : str
        Whether scores count as they are (``all``), or as shares (``unreported``); see
        `whipbird.events.relative_scores`.
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
    teaching: SpeechEmbeddingTeacher | None = None

    def conditions(self, labels: tuple[str, ...], settings: FitSettings, seed: int) -> tuple[object, ...]:
        """All that decides what a training becomes, but for the recordings; their text is part of its key."""
        return (
            self.name, labels, self.frontend, self.window, self.members, self.teaching, self.hop_s,
            self.debounce.smooth_s, settings, seed,
        )  # fmt: skip

    def lesson(
        self, rounds: EpochCache, unseen: Floats | None, labels: int, test: Sounds, folder: Path, seed: int
    ) -> Lesson:
        """What the network learns from: the rounds as they are, and the teacher's answers if there is one."""
        teacher = None if self.teaching is None else self.teaching(rounds, labels, test, folder, seed)
        return Lesson(rounds, unseen, teacher)

    def whole(self, trained: keras.Model) -> keras.Model:
        """The network from features to scores, of which the trained one may be a part."""
        return trained

    def in_steps(self, network: keras.Model) -> keras.Model | None:
        """The whole network for a stream (see `whipbird_train.networks.streaming`), if it can run so."""
        return None

    def further_arrays(
        self, network: keras.Model, sounds: Sounds, features: Callable[[Sounds], Floats]
    ) -> dict[str, dict[str, NDArray]]:
        """More that goes into the bundle: the arrays of each ``.npz`` file, made of what the network was trained on."""
        return {}

    def measured(self, card: Card, data: Path, model: Model, unseen: Iterator[tuple[Sounds, Model]]) -> Card:
        """The card after the finished model has heard whole recordings, if it has.

        Parameters
        ----------
        data : Path
            Folder of the data set.
        model : Model
            The bundle.
        unseen : iterator of (Sounds, Model)
            What each experiment with all labels did not train on, and the bundle with its network.
        """
        return card
