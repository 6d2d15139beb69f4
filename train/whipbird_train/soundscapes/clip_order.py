"""The order of clips in a stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from whipbird.arrays import Floats

__all__ = ["ClipOrder", "Sound"]


@dataclass(frozen=True)
class Sound:
    """One clip: a word or a call with a little sound around it.

    Attributes
    ----------
    samples : array, shape (samples,)
    group : str
        Speaker; empty if unknown.
    """

    samples: Floats = field(repr=False)
    label: str
    group: str = ""


class ClipOrder:
    """Gives clips in random order; no clip is repeated before all have been used.

    Clips are given by their index. ``remaining`` holds those not yet used in this round.
    """

    def __init__(self, clips: Sequence[Sound], rng: np.random.Generator) -> None:
        self._clips = clips
        self._rng = rng
        self._takes = defaultdict(list)
        for index, clip in enumerate(clips):
            self._takes[clip.label, clip.group].append(index)
        self._shuffle()

    def _shuffle(self) -> None:
        self._order = [int(index) for index in self._rng.permutation(len(self._clips))]
        self.remaining = set(self._order)

    def next_clip(self) -> int:
        """The next clip."""
        if not self.remaining:
            self._shuffle()
        while (index := self._order.pop()) not in self.remaining:
            pass
        self.remaining.remove(index)
        return index

    def another_take(self, index: int) -> int:
        """A remaining take of the same word by the same speaker; the same clip if there is none."""
        clip = self._clips[index]
        if clip.group and not clip.label.startswith("_"):  # clips labelled unknown are different words
            index = next((take for take in self._takes[clip.label, clip.group] if take in self.remaining), index)
        self.remaining.discard(index)
        return index

    def another_label(self, index: int) -> int:
        """A clip of another label; the same clip if there is only one label."""
        label = self._clips[index].label
        other = (i for i in reversed(self._order) if i in self.remaining and self._clips[i].label != label)
        found = next(other, None)
        if found is None:
            known = [i for i, clip in enumerate(self._clips) if clip.label != label]
            found = int(self._rng.choice(known)) if known else index
        self.remaining.discard(found)
        return found
