"""What a recipe is: everything that makes one model, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from stream.card import Against, DebounceSettings, FrontEndSettings, TrainingData
from stream.model import Model
from train.batches import Teacher
from train.evaluate.listening import Annotated
from train.evaluate.matching import Matching
from train.fit import Settings
from train.rounds import Maker, Rounds
from train.sounds import Sounds
from train.steps import Time

__all__ = ["Base", "Calibration", "Examples", "Experiment", "Recipe", "Recordings", "Teaching"]


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


class Teaching(Protocol):
    """Targets from a larger network (distillation, arXiv 1503.02531)."""

    @property
    def frontends(self) -> Mapping[str, FrontEndSettings]:
        """Features that the teacher needs."""

    def __call__(self, rounds: Rounds, labels: int, test: Sounds, folder: Path, seed: int) -> Teacher:
        """Train the teacher on the rounds, keep it in the folder; return what gives the targets of a round."""


@dataclass(frozen=True)
class Base:
    """A trained network that stays as it is, under the one that learns.

    Attributes
    ----------
    body : keras.Model
        From the features to what the network that learns sees.
    known : (activations, labels)
        More examples, of which only what the body makes of them is known: arrays of shape (n, width) and (n,).
    key : str
        Differs whenever the body does.
    """

    body: keras.Model
    known: tuple[NDArray[np.float32], NDArray[np.int64]]
    key: str


@dataclass(frozen=True)
class Calibration:
    """How a model's thresholds are chosen in whole recordings.

    Attributes
    ----------
    streams : callable
        ``streams(folder, model)`` gives recordings heard by the model, with their annotations, background among them;
        none where the recordings are not there.
    matching : Matching
    target_per_hour : float
        False alarms per hour of background at the balanced operating point.
    unseen : callable or None
        ``unseen(sounds, model)`` gives more of them, made of sounds that the model was not trained on. It is asked with
        the network of each experiment that has all labels, where the one that ships was trained on everything.
    """

    streams: Callable[[Path, Model], Annotated]
    matching: Matching
    target_per_hour: float
    unseen: Callable[[Sounds, Model], Annotated] | None = None


@dataclass(frozen=True)
class Recordings:
    """Whole recordings on which a finished model is measured; nothing is chosen by them.

    Attributes
    ----------
    name : str
    heard : callable
        ``heard(folder, model)`` gives recordings heard by the model, with their annotations; none where there are none.
    matching : Matching
    """

    name: str
    heard: Callable[[Path, Model], Annotated]
    matching: Matching


@dataclass(frozen=True)
class Recipe:
    """One model.

    Attributes
    ----------
    name, description, limits, licence : str
        For the card. `limits` says what the model cannot do.
    labels : tuple of str
        In the order of the network's outputs.
    reported : tuple of str
        Those that become events.
    rate_hz : int
    frontend : FrontEndSettings
    window : int
        Frames that the network sees.
    hop_s : float
        Seconds from one window to the next.
    reference_s : float
        How far before the end of the window the sound lies that a score speaks of.
    report : str
        ``begin`` or ``end``.
    lead_s : float
        How long a sound has lasted when its score rises.
    debounce : DebounceSettings
        The thresholds for each label are chosen from clips that were not trained on; the rest stays.
    against : str
        Whether scores count as they are (``all``), or as shares (``unreported``); see `stream.shares`.
    network : callable
        Builds the network for so many labels; with a base, what stands on it.
    steps : callable or None
        ``steps(labels, time)`` builds the same for a stream (see `train.steps`), where the network can do that.
    settings : Settings
    members : int
        How many networks are trained, each with a seed of its own, to vote as one.
    read : callable
        ``read(folder)`` gives the recordings.
    examples : callable
        ``examples(folder, sounds, labels, seed)`` gives what makes training examples of some of them.
    experiments : callable
        ``experiments(sounds)`` gives what is measured, the most telling protocol first.
    shipped : str or None
        Name of the experiment whose network ships; None: a network that is then trained on everything.
    teaching : Teaching or None
    base : Base or None
    calibration : Calibration or None
    recordings : Recordings or None
    embeds : bool
        Whether the bundle says what the network makes of the recordings it was trained on, for those who go on from it.
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
    settings: Settings
    read: Callable[[Path], Sounds]
    examples: Callable[[Path, Sounds, tuple[str, ...], int], Examples]
    experiments: Callable[[Sounds], list[Experiment]]
    steps: Callable[[int, Time], keras.Model] | None = None
    shipped: str | None = None
    members: int = 1
    lead_s: float = 0.0
    debounce: DebounceSettings = field(default_factory=DebounceSettings)
    against: Against = "all"
    teaching: Teaching | None = None
    base: Base | None = None
    calibration: Calibration | None = None
    recordings: Recordings | None = None
    embeds: bool = False
