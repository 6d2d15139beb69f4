"""The order in which clips come in a stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from whipbird.arrays import Floats

__all__ = ["ClipOrder", "Sound"]


@dataclass(frozen=True)
class Sound:
    """One clip: a word or a call, and what little is around it.

    Attributes
    ----------
    samples : array, shape (samples,)
    group : str
        Who speaks; empty if that is not known.
    """

    samples: Floats = field(repr=False)
    label: str
    group: str = ""


class ClipOrder:
    """Deals clips in random order, all of them before any comes again."""

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
        """The next clip, by its number."""
        if not self.remaining:
            self._shuffle()
        while (index := self._order.pop()) not in self.remaining:
            pass
        self.remaining.remove(index)
        return index

    def another_take(self, index: int) -> int:
        """Another take of the same word by the same speaker, if there is one left; else the same clip."""
        clip = self._clips[index]
        if clip.group and not clip.label.startswith("_"):  # unknown words are not one word
            index = next((take for take in self._takes[clip.label, clip.group] if take in self.remaining), index)
        self.remaining.discard(index)
        return index

    def another_label(self, index: int) -> int:
        """A clip of another label, or the same one where there is none."""
        label = self._clips[index].label
        other = (i for i in reversed(self._order) if i in self.remaining and self._clips[i].label != label)
        found = next(other, None)
        if found is None:
            known = [i for i, clip in enumerate(self._clips) if clip.label != label]
            found = int(self._rng.choice(known)) if known else index
        self.remaining.discard(found)
        return found
