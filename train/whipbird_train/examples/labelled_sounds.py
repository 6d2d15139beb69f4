"""The recordings of one training, in memory: sound, label, and whose or what it is."""

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
        Numbers of their labels.
    names : tuple of str
        Paths, from the data set's folder.
    groups : tuple of str
        Speaker, bird or source: what must not be torn apart.
    splits : tuple of str
        The data set's own; ``made`` for what is no recording.
    backgrounds : list of arrays, shape (samples,)
        Long recordings without anything that has a label.
    training : callable
        What a card says of so many of these recordings.
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
        """Those where the mask, shape (clips,), is true."""
        return self.taken(np.flatnonzero(mask))

    def taken(self, numbers: NDArray[np.integer]) -> Sounds:
        """Those with these numbers, shape (n,), in this order; the same one may be taken more than once."""
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
        """Those with one of these labels, which become 0, 1, 2, ..."""
        kept = self.chosen(np.isin(self.labels, numbers))
        order = {number: place for place, number in enumerate(numbers)}
        labels = np.array([order[int(number)] for number in kept.labels], np.int64)
        return replace(kept, labels=labels)

    def joined(self, others: Sounds) -> Sounds:
        """These and others."""
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
        """Hash of the labels and of all sound that was not made here: some synthetic voices never speak twice alike."""
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
    """Read the recordings of a folder; a damaged one is named in the log and left out.

    Raises
    ------
    DataError
        If none of a label can be read.
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
