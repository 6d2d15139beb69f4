"""Retention of clips: by age, number per label and total size; the oldest clips are removed first."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ClipIndex", "KeptClip", "Retention"]


@dataclass(frozen=True)
class Retention:
    """Limits: seconds since a clip was written, bytes of all clips, and clips of each label. None is no limit."""

    age_s: float | None = None
    most_bytes: int | None = None
    per_label: int | None = None

    def __bool__(self) -> bool:
        return (self.age_s, self.most_bytes, self.per_label) != (None, None, None)


@dataclass(frozen=True, order=True)
class KeptClip:
    """A clip in the folder: ``written`` in seconds since 1970; ``size`` in bytes, with its picture."""

    written: float
    name: str
    label: str
    size: int


class ClipIndex:
    """Keeps track of the clips in a folder, from ``clips`` on, and selects clips to remove."""

    def __init__(self, retention: Retention, clips: Iterable[KeptClip] = ()) -> None:
        self._retention = retention
        self._labels: dict[str, list[KeptClip]] = {}  # the oldest first; none is empty
        self._bytes = 0
        for clip in sorted(clips):
            self.add(clip)

    def add(self, clip: KeptClip) -> None:
        """Add a clip."""
        if self._retention:
            insort(self._labels.setdefault(clip.label, []), clip)
            self._bytes += clip.size

    @property
    def newest(self) -> float | None:
        """When the newest clip was written; None if there is none."""
        return max((clips[-1].written for clips in self._labels.values()), default=None)

    def due(self, now: float, most_old: float = math.inf) -> list[KeptClip]:
        """Remove and return the clips that are due for removal.

        Parameters
        ----------
        now : float
            Seconds since 1970.
        most_old : float
            Most clips that may go because of their age alone.
        """
        retention = self._retention
        due = []
        if retention.per_label is not None:
            crowded = [label for label, clips in self._labels.items() if len(clips) > retention.per_label]
            due = [self._take(label) for label in crowded for _ in self._labels[label][retention.per_label :]]
        while self._labels:
            oldest = min(clips[0] for clips in self._labels.values())
            if retention.most_bytes is None or self._bytes <= retention.most_bytes:
                if retention.age_s is None or oldest.written >= now - retention.age_s or most_old < 1:
                    break
                most_old -= 1
            due.append(self._take(oldest.label))
        return due

    def _take(self, label: str) -> KeptClip:
        """Remove and return the oldest clip of a label."""
        clips = self._labels[label]
        oldest = clips.pop(0)
        if not clips:
            del self._labels[label]
        self._bytes -= oldest.size
        return oldest
