"""Stretches of scenes, with a label for every hop: what a network in steps is trained on.

Scenes are made and turned into features once, and kept on disk; each epoch cuts other stretches out of them, of which
level and colour are changed.

What is to be heard at the end of a frame is told by what has just ended there. A command is to be heard from shortly
before its end until shortly after; while it is being said, and as long as it is still within memory, nothing is
learned. Another word is to be heard from its begin until it is out of memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Reals
from whipbird.models.frontends.base import FrontEnd
from whipbird.system.whole_file import whole_file
from whipbird_train.datasets.speech_commands import UNKNOWN
from whipbird_train.examples.augment import mask
from whipbird_train.progress import bar
from whipbird_train.streams.scenes import Scene

__all__ = ["SceneFeatures", "StretchBatches", "StretchSettings", "hop_labels", "kept_scenes"]

EARLY_S, LATE_S = 0.06, 0.4  # before and after the end of a command: it is to be heard
MEMORY_S = 0.8  # for which what has ended still counts
NOT_LEARNED = -1
COLOUR_DB, LEVEL_DB = 6.0, 10.0  # of a stretch: greatest change at any band, and of all


@dataclass(frozen=True, eq=False)
class SceneFeatures:
    """A scene as features, shape (frames, width), and what is to be heard at the end of each frame, shape (frames,)."""

    features: NDArray[np.float16]
    labels: NDArray[np.int8]


@dataclass(frozen=True)
class StretchSettings:
    """What is trained on.

    Attributes
    ----------
    scores, hop, first : int
        Scores in a stretch, frames from one to the next, and frames up to the first.
    shares : mapping
        Share of the stretches for each kind of scenes.
    stretches : int
        In an epoch.
    batch : int
    masks, mask_frames, mask_bands : int
        Of time and of frequency, see `whipbird_train.examples.augment.mask`.
    """

    scores: int
    hop: int
    first: int
    shares: dict[str, float] = field(hash=False)
    stretches: int
    batch: int = 16
    masks: int = 2
    mask_frames: int = 12
    mask_bands: int = 5

    @property
    def frames(self) -> int:
        """Length of a stretch."""
        return self.first + (self.scores - 1) * self.hop


def hop_labels(scene: Scene, labels: Sequence[str], ends_s: Reals) -> NDArray[np.int8]:
    """What is to be heard at some moments, as numbers of labels; `NOT_LEARNED` where that is not certain.

    Parameters
    ----------
    ends_s : array, shape (n,)
    """
    found = np.full(len(ends_s), labels.index(scene.label), np.int8)

    def between(begin_s: float, end_s: float) -> slice:
        first, last = np.searchsorted(ends_s, (begin_s, end_s))
        return slice(int(first), int(last))

    for one in scene.others:
        found[between(one.begin_s, one.end_s + MEMORY_S)] = labels.index(UNKNOWN)
    for one in scene.truth:
        found[between(one.begin_s, one.end_s + MEMORY_S)] = NOT_LEARNED
    for one in scene.truth:
        if not one.uncertain:
            found[between(one.end_s - EARLY_S, one.end_s + LATE_S)] = labels.index(one.label)
    return found


def kept_scenes(
    file: Path, make: Callable[[], Iterator[Scene]], frontend: FrontEnd, labels: Sequence[str], rate_hz: int, title: str
) -> list[SceneFeatures]:
    """Scenes as features, read from a file, or made and written there."""
    if not file.exists():
        made = []
        with bar(title, None) as update:
            for scene in make():
                features = frontend.whole(scene.sound)
                ends_s = (
                    np.array([frontend.span(1), frontend.step])
                    / rate_hz
                    @ [np.ones(len(features)), np.arange(len(features))]
                )
                made.append((features.astype(np.float16), hop_labels(scene, labels, ends_s)))
                update(completed=len(made))
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as opened:
            np.savez(
                opened,
                features=np.concatenate([one for one, _ in made]),
                labels=np.concatenate([one for _, one in made]),
                ends=np.cumsum([len(one) for _, one in made]),
            )
    with np.load(file) as arrays:
        ends = arrays["ends"][:-1]
        parts = zip(np.split(arrays["features"], ends), np.split(arrays["labels"], ends), strict=True)
        return [SceneFeatures(features, own) for features, own in parts]


class StretchBatches(keras.utils.PyDataset):
    """Batches for Keras: features, targets, and weights, which are 0 where nothing is to be learned.

    Parameters
    ----------
    scenes : mapping of str to sequence of SceneFeatures
        By kind; shorter ones than a stretch are left out.
    labels : int
    """

    def __init__(
        self, scenes: Mapping[str, Sequence[SceneFeatures]], labels: int, settings: StretchSettings, seed: int
    ) -> None:
        super().__init__(workers=1, max_queue_size=6)
        self._settings, self._seed = settings, seed
        self._scenes = {
            kind: [one for one in listed if len(one.labels) >= settings.frames] for kind, listed in scenes.items()
        }
        self._chances = {
            kind: np.array([len(one.labels) for one in listed]) / sum(len(one.labels) for one in listed)
            for kind, listed in self._scenes.items()
        }
        self._targets = np.concatenate((np.eye(labels, dtype=np.float32), np.zeros((1, labels), np.float32)))
        self.start_epoch(0)

    def __len__(self) -> int:
        return -(-self._settings.stretches // self._settings.batch)

    def start_epoch(self, epoch: int) -> None:
        """Cut other stretches."""
        self._epoch = epoch

    def __getitem__(self, batch: int) -> tuple[Floats, Floats, Floats]:
        settings = self._settings
        rng = np.random.default_rng((self._seed, self._epoch, batch))
        kinds = rng.choice(list(settings.shares), settings.batch, p=list(settings.shares.values()))
        cut = [self._stretch(str(kind), rng) for kind in kinds]
        features = np.stack([one for one, _ in cut])
        numbers = np.stack([one for _, one in cut])
        return features, self._targets[numbers], (numbers != NOT_LEARNED).astype(np.float32)

    def _stretch(self, kind: str, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int8]]:
        settings = self._settings
        scene = self._scenes[kind][rng.choice(len(self._scenes[kind]), p=self._chances[kind])]
        start = int(rng.integers(len(scene.labels) - settings.frames + 1))
        features = scene.features[start : start + settings.frames].astype(np.float32)
        bands = features.shape[1]
        knots = rng.uniform(-COLOUR_DB, COLOUR_DB, 6)
        features += np.interp(np.linspace(0, 5, bands), np.arange(6), knots).astype(np.float32)
        features += np.float32(rng.uniform(-LEVEL_DB, LEVEL_DB))
        mask(features, rng, settings.masks, settings.mask_frames, settings.mask_bands)
        return features, scene.labels[start + settings.first - 1 : start + settings.frames : settings.hop]
