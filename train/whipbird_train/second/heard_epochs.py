"""Epochs of what the first network hears: scenes made anew for each, listened to once, and kept on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from whipbird.arrays import Floats, Integers
from whipbird.system.whole_file import whole_file
from whipbird_train.progress import bar
from whipbird_train.second.heard import Ear, Heard
from whipbird_train.streams.scenes import Scenes

__all__ = ["HeardEpochs"]

KINDS = ("words", "speech", "noise")


class HeardEpochs:
    """Cached epochs (see `whipbird_train.fitting.epoch_cache`) of windows in which the first network hears a word.

    Parameters
    ----------
    folder : Path
        Where they are kept: ``NNN.heard.npz``, and ``NNN.KIND.npz`` with all windows of one kind of scenes. Whoever
        changes scenes or network empties it.
    count : int
        Number of epochs.
    length : int
        Windows in an epoch, of those heard in all its scenes; some occur more than once if there are fewer.
    streams : int
        Scenes of words in an epoch.

    Attributes
    ----------
    count : int
    folder : Path
    """

    def __init__(
        self, folder: Path, count: int, length: int, streams: int, scenes: Scenes, ear: Ear, seed: int
    ) -> None:
        self.folder = folder
        self.count = count
        self._length = length
        self._streams = streams
        self._scenes = scenes
        self._ear = ear
        self._seed = seed
        folder.mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        return self._length

    def labels(self, number: int) -> Integers:
        """Labels of an epoch, shape (windows,)."""
        return self._heard(number).labels

    def features(self, number: int, frontend: str) -> Floats:
        """Features of an epoch, shape (windows, frames, width)."""
        return self._heard(number).windows.astype(np.float32)

    def _heard(self, number: int) -> Heard:
        file = self.folder / f"{number:03d}.heard.npz"
        if not file.exists():
            heard = Heard.joined([self._part(number, kind) for kind in KINDS])
            rng = np.random.default_rng((self._seed, number))
            chosen = np.sort(np.resize(rng.permutation(len(heard.labels)), self._length))
            _save(file, Heard(heard.windows[chosen], heard.labels[chosen]))
        return _load(file)

    def _part(self, number: int, kind: str) -> Heard:
        """What is heard in the scenes of one kind, kept on disk: an interrupted epoch is gone on with."""
        file = self.folder / f"{number:03d}.{kind}.npz"
        if not file.exists():
            seed = 1000 * self._seed + number
            rng = np.random.default_rng((seed, KINDS.index(kind)))
            made = {
                "words": self._scenes.of_words(self._streams, seed),
                "speech": self._scenes.of_speech(seed),
                "noise": self._scenes.of_noise(seed),
            }
            parts = []
            with bar(f"listening to {kind}, {number + 1} of {self.count}", None) as update:
                for scene in made[kind]:
                    parts.append(self._ear.listen(scene, rng))
                    update(completed=len(parts))
            _save(file, Heard.joined(parts))
        return _load(file)


def _save(file: Path, heard: Heard) -> None:
    with whole_file(file) as opened:
        np.savez(opened, windows=heard.windows, labels=heard.labels)


def _load(file: Path) -> Heard:
    with np.load(file) as arrays:
        return Heard(arrays["windows"], arrays["labels"])
