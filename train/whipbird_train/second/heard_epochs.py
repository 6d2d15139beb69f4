"""Epochs of what the first network hears: a part of the scenes for each, listened to once, and kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers
from whipbird.models.model import Model
from whipbird.system.whole_file import whole_file
from whipbird_train.progress import tracked
from whipbird_train.second.heard import Heard, listen
from whipbird_train.streams.scene_features import SceneFeatures

__all__ = ["HeardEpochs"]


class HeardEpochs:
    """Cached epochs (see `whipbird_train.fitting.epoch_cache`) of windows in which the first network hears a word.

    Parameters
    ----------
    folder : Path
        Where they are kept, as ``NNN.heard.npz``. Whoever changes scenes or network empties it.
    scenes : sequence of SceneFeatures
        Divided among the epochs.
    model : Model
    count : int
        Number of epochs.
    length : int
        Windows in an epoch, of those heard in all its scenes; some occur more than once if there are fewer.
    frames : int
        In a window.
    hears_from : float
        See `listen`.
    """

    def __init__(
        self,
        folder: Path,
        scenes: Sequence[SceneFeatures],
        model: Model,
        count: int,
        length: int,
        frames: int,
        hears_from: float,
        seed: int,
    ) -> None:
        self.folder = folder
        self.count = count
        self._scenes = scenes
        self._model = model
        self._length = length
        self._frames = frames
        self._hears_from = hears_from
        self._seed = seed
        folder.mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        return self._length

    def labels(self, number: int) -> Integers:
        """Labels of an epoch, shape (windows,)."""
        labels: Integers = self._array(number, "labels")
        return labels

    def features(self, number: int, frontend: str) -> Floats:
        """Features of an epoch, shape (windows, frames, width)."""
        return self._array(number, "windows").astype(np.float32)

    def _array(self, number: int, name: str) -> NDArray[Any]:
        """One of the arrays of an epoch, which is made if it is not there yet."""
        file = self.folder / f"{number:03d}.heard.npz"
        if not file.exists():
            rng = np.random.default_rng((self._seed, number))
            title = f"listening, {number + 1} of {self.count}"
            parts = [
                listen(self._model, scene, self._frames, self._hears_from, rng)
                for scene in tracked(self._scenes[number :: self.count], title)
            ]
            heard = Heard.joined(parts)
            chosen = np.sort(np.resize(rng.permutation(len(heard.labels)), self._length))
            with whole_file(file) as opened:
                np.savez(opened, windows=heard.windows[chosen], labels=heard.labels[chosen])
        with np.load(file) as arrays:
            found: NDArray[Any] = arrays[name]
            return found
