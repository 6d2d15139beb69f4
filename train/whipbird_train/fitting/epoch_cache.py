"""EpochCache: training examples changed at random, each round anew, made once and kept on disk.

Changing sound and computing its features costs about as much as training a small network on them. So a fixed number of
rounds is made, and the epochs take turns with them: round 0, 1, 2, ..., 0, 1, ... What is cheap and varies still more
(masks, mixing) happens in `whipbird_train.fitting.batches`, anew in every epoch.

On disk: ``key`` (of what the rounds were made, so that others are never mistaken for them), and for each round
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

__all__ = ["EmbeddedEpochs", "EpochCache", "Maker"]

PIECE = 128  # examples whose features are computed at once


class Maker(Protocol):
    """Makes training examples: sounds of one length, changed at random, or their features."""

    makes_features: bool

    def __len__(self) -> int:
        """How many examples there are in a round."""

    def __call__(self, index: int, rng: np.random.Generator) -> tuple[Floats, int]:
        """Sound, shape (samples,), or features, shape (frames, width), and label of one example."""

    @property
    def key(self) -> str:
        """Differs whenever the examples would."""


class EpochCache:
    """The rounds of one training.

    Attributes
    ----------
    count : int
        How many different rounds there are.
    frontends : mapping of str to FrontEnd
        Features to compute of each example; those that the maker has made itself are taken as they are.
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
        """How many examples there are in a round."""
        return len(self._maker)

    def labels(self, number: int) -> Integers:
        """Labels of a round, shape (examples,)."""
        self._make(number)
        labels: Integers = np.load(self._file(number, "labels"))
        return labels

    def features(self, number: int, frontend: str) -> Floats:
        """Features of a round, shape (examples, frames, width)."""
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
        for begin in range(0, count, PIECE):
            made = [self._maker(index, rng) for index in range(begin, min(begin + PIECE, count))]
            labels[begin : begin + len(made)] = [label for _, label in made]
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


class EmbeddedEpochs(EpochCache):
    """EpochCache of what a trained network makes of others: computed once, also kept on disk.

    Parameters
    ----------
    body : keras.Model
        From features to activations of any shape.
    known : (activations, labels), optional
        More examples, the same in every round: arrays of shape (n, ...) and (n,).
    """

    def __init__(self, rounds: EpochCache, body: keras.Model, known: tuple[Floats, Integers] | None = None) -> None:
        self._rounds = rounds
        self._body = body
        self._known = known
        self.count = rounds.count

    def __len__(self) -> int:
        return len(self._rounds) + (0 if self._known is None else len(self._known[0]))

    def labels(self, number: int) -> Integers:
        labels = self._rounds.labels(number)
        return labels if self._known is None else np.concatenate((labels, self._known[1]))

    def features(self, number: int, frontend: str) -> Floats:
        file = self._rounds.folder / f"{number:03d}.{frontend}.embedded.npy"
        if not file.exists():
            np.save(file, self._body.predict(self._rounds.features(number, frontend), batch_size=128, verbose=0))
        features: Floats = np.load(file)
        return features if self._known is None else np.concatenate((features, self._known[0]))
