"""Labelled recordings of one training, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers
from whipbird.errors import DataError
from whipbird.models.card import TrainingData
from whipbird_train.datasets.clips import Clip, read_sounds
from whipbird_train.progress import tracked

__all__ = ["Sounds", "load_sounds"]


@dataclass(frozen=True, eq=False)
class Sounds:
    """Labelled recordings, each of its own length.

    Attributes
    ----------
    waves : list of arrays, shape (samples,)
    labels : array of int, shape (clips,)
        Label numbers.
    names : tuple of str
        Paths, relative to the data set's folder.
    groups : tuple of str
        Speaker, bird or source, which must not be split between training and test.
    splits : tuple of str
        The data set's own split; ``made`` for synthetic sounds.
    backgrounds : list of arrays, shape (samples,)
        Long recordings that contain none of the labels.
    training : callable
        Returns the card's entry for a number of these recordings.
    """

    waves: list[Floats]
    labels: Integers
    names: tuple[str, ...]
    groups: tuple[str, ...]
    splits: tuple[str, ...]
    training: Callable[[int], TrainingData]
    backgrounds: list[Floats] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.waves)

    def chosen(self, mask: NDArray[np.bool_]) -> Sounds:
        """The recordings where the mask, shape (clips,), is true."""
        return self.taken(np.flatnonzero(mask))

    def taken(self, numbers: NDArray[np.integer]) -> Sounds:
        """The recordings with these numbers, shape (n,), in this order; a number may occur more than once."""
        return Sounds(
            [self.waves[number] for number in numbers],
            self.labels[numbers],
            tuple(self.names[number] for number in numbers),
            tuple(self.groups[number] for number in numbers),
            tuple(self.splits[number] for number in numbers),
            self.training,
            self.backgrounds,
        )

    def relabelled(self, numbers: Sequence[int]) -> Sounds:
        """The recordings with one of these labels, which become 0, 1, 2, ..."""
        kept = self.chosen(np.isin(self.labels, numbers))
        order = {number: position for position, number in enumerate(numbers)}
        labels = np.array([order[int(number)] for number in kept.labels], np.int64)
        return replace(kept, labels=labels)

    def joined(self, others: Sounds) -> Sounds:
        """These recordings and others."""
        return Sounds(
            self.waves + others.waves,
            np.concatenate((self.labels, others.labels)),
            self.names + others.names,
            self.groups + others.groups,
            self.splits + others.splits,
            self.training,
            self.backgrounds + others.backgrounds,
        )

    @property
    def key(self) -> str:
        """Hash of the labels and of all recorded sound. (Some synthetic voices never sound the same twice.)"""
        digest = hashlib.sha256(self.labels.tobytes() + " ".join(self.splits).encode())
        recorded = [wave for wave, split in zip(self.waves, self.splits, strict=True) if split != "made"]
        for wave in (*recorded, *self.backgrounds):
            digest.update(len(wave).to_bytes(8, "big") + wave.tobytes())
        return digest.hexdigest()


def load_sounds(
    clips: Iterable[Clip],
    labels: Sequence[str],
    rate_hz: int,
    folder: Path,
    training: Callable[[int], TrainingData],
    backgrounds: list[Floats] | None = None,
) -> Sounds:
    """Read the recordings of a folder; damaged ones are logged and left out.

    Raises
    ------
    DataError
        If no recording of a label can be read.
    """
    clips = list(clips)
    kept, waves = read_sounds(tracked(clips, f"reading {folder.name}"), rate_hz)
    if not kept:
        raise DataError(f"none of the recordings in {folder} can be read")
    for label in sorted({clip.label for clip in clips} - {clip.label for clip in kept}):
        raise DataError(f"none of the recordings of {label!r} in {folder} can be read")
    return Sounds(
        waves,
        np.array([labels.index(clip.label) for clip in kept], np.int64),
        tuple(clip.path.relative_to(folder).as_posix() for clip in kept),
        tuple(clip.group for clip in kept),
        tuple(clip.split for clip in kept),
        training,
        backgrounds or [],
    )
