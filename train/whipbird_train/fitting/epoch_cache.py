"""Cached epochs: training examples changed at random, differently in each epoch, made once and kept on disk.

Changing sound and computing its features costs about as much as training a small network on them. So a fixed number of
epochs is made, and training takes turns with them: 0, 1, 2, ..., 0, 1, ... Cheaper changes (masks, mixing) are drawn
again in every epoch by `whipbird_train.fitting.batches`.

On disk: ``key`` (hash of what the epochs were made of; a cache with another key is discarded), and for each epoch
``NNN.labels.npy`` and ``NNN.FRONTEND.npy`` (float16: steps of a thirtieth of a decibel at -60 dB).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers
from whipbird.models.frontends.base import FrontEnd
from whipbird.system.whole_file import whole_file

__all__ = ["EmbeddedEpochs", "EpochCache", "Epochs", "Maker"]

PIECE = 128  # examples whose features are computed at once


class Maker(Protocol):
    """Makes training examples: sounds of one length, changed at random, or their features."""

    makes_features: bool

    def __len__(self) -> int:
        """Number of examples in an epoch."""

    def __call__(self, index: int, rng: np.random.Generator) -> tuple[Floats, int]:
        """One example: its sound, shape (samples,), or features, shape (frames, width), and its label."""

    @property
    def key(self) -> str:
        """Hash that differs whenever the examples would."""


class Epochs(Protocol):
    """Cached epochs of one training, however they were made.

    Attributes
    ----------
    folder : Path
    count : int
        Number of cached epochs.
    """

    folder: Path
    count: int

    def __len__(self) -> int:
        """Number of examples in an epoch."""

    def labels(self, number: int) -> Integers:
        """Labels of an epoch, shape (examples,)."""

    def features(self, number: int, frontend: str) -> Floats:
        """Features of an epoch, shape (examples, frames, width)."""


class EpochCache:
    """The cached epochs of one training.

    Attributes
    ----------
    count : int
        Number of cached epochs.
    frontends : mapping of str to FrontEnd
        Front ends that compute the features of each example; features that the maker made itself are stored unchanged.
    """

    def __init__(self, folder: Path, count: int, maker: Maker, frontends: Mapping[str, FrontEnd], seed: int) -> None:
        self.folder = folder
        self._maker = maker
        self._frontends = frontends
        self._seed = seed
        self.count = count
        key = hashlib.sha256(f"{maker.key} {seed}".encode())
        for name, frontend in sorted(frontends.items()):
            probe = np.random.default_rng(0).normal(0, 0.1, 2 * frontend.frame).astype(np.float32)
            probe = np.concatenate((probe, np.zeros_like(probe)))
            key.update(name.encode() + np.round(frontend.whole(probe), 2).tobytes())
        file = folder / "key"
        if not file.exists() or file.read_text(encoding="ascii") != key.hexdigest():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            file.write_text(key.hexdigest(), encoding="ascii")

    def __len__(self) -> int:
        """Number of examples in an epoch."""
        return len(self._maker)

    def labels(self, number: int) -> Integers:
        """Labels of an epoch, shape (examples,)."""
        self._make(number)
        labels: Integers = np.load(self._file(number, "labels"))
        return labels

    def features(self, number: int, frontend: str) -> Floats:
        """Features of an epoch, shape (examples, frames, width)."""
        self._make(number)
        features: Floats = np.load(self._file(number, frontend)).astype(np.float32)
        return features

    def _make(self, number: int) -> None:
        target = self._file(number, "labels")  # written last
        if target.exists():
            return
        rng = np.random.default_rng((self._seed, number))
        count = len(self._maker)
        labels = np.empty(count, np.int64)
        features: dict[str, list[NDArray[np.float16]]] = {name: [] for name in self._frontends}
        for start in range(0, count, PIECE):
            made = [self._maker(index, rng) for index in range(start, min(start + PIECE, count))]
            labels[start : start + len(made)] = [label for _, label in made]
            arrays = np.stack([array for array, _ in made])
            for name, frontend in self._frontends.items():
                computed = arrays if self._maker.makes_features else frontend.whole(arrays)
                features[name].append(computed.astype(np.float16))
        for name, pieces in features.items():
            np.save(self._file(number, name), np.concatenate(pieces))
        with whole_file(target) as file:
            np.save(file, labels)

    def _file(self, number: int, what: str) -> Path:
        return self.folder / f"{number:03d}.{what}.npy"


class EmbeddedEpochs:
    """Activations of a trained network for the features of other cached epochs: computed once, also kept on disk.

    Parameters
    ----------
    body : keras.Model
        From features to activations of any shape.
    known : (activations, labels), optional
        More examples, the same in every epoch: arrays of shape (n, ...) and (n,).
    """

    def __init__(self, cache: Epochs, body: keras.Model, known: tuple[Floats, Integers] | None = None) -> None:
        self._cache = cache
        self._body = body
        self._known = known
        self.folder = cache.folder
        self.count = cache.count

    def __len__(self) -> int:
        return len(self._cache) + (0 if self._known is None else len(self._known[0]))

    def labels(self, number: int) -> Integers:
        labels = self._cache.labels(number)
        return labels if self._known is None else np.concatenate((labels, self._known[1]))

    def features(self, number: int, frontend: str) -> Floats:
        file = self.folder / f"{number:03d}.{frontend}.embedded.npy"
        if not file.exists():
            np.save(file, self._body.predict(self._cache.features(number, frontend), batch_size=128, verbose=0))
        features: Floats = np.load(file)
        return features if self._known is None else np.concatenate((features, self._known[0]))
