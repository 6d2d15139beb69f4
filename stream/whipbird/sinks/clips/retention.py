"""Which clips must go: too old, too many of one label, or too much altogether. The oldest go first."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ClipIndex", "KeptClip", "Retention"]


@dataclass(frozen=True)
class Retention:
    """How many clips are kept: by seconds since they were written, by bytes, and of each label. None is no limit."""

    age_s: float | None = None
    most_bytes: int | None = None
    per_label: int | None = None

    def __bool__(self) -> bool:
        return (self.age_s, self.most_bytes, self.per_label) != (None, None, None)


@dataclass(frozen=True, order=True)
class KeptClip:
    """A clip in the folder: ``written`` in seconds since 1970; ``size`` with what lies beside it, in bytes."""

    written: float
    name: str
    label: str
    size: int


class ClipIndex:
    """Knows the clips in a folder, at first those that are there already, and says which must go."""

    def __init__(self, limits: Retention, clips: Iterable[KeptClip] = ()) -> None:
        self._limits = limits
        self._labels: dict[str, list[KeptClip]] = {}  # the oldest first; none is empty
        self._bytes = 0
        for clip in sorted(clips):
            self.add(clip)

    def add(self, clip: KeptClip) -> None:
        """One more clip."""
        if self._limits:
            insort(self._labels.setdefault(clip.label, []), clip)
            self._bytes += clip.size

    def due(self, now: float) -> list[KeptClip]:
        """Take out what must go now: seconds since 1970."""
        limits = self._limits
        due = []
        if limits.per_label is not None:
            crowded = [label for label, clips in self._labels.items() if len(clips) > limits.per_label]
            due = [self._take(label) for label in crowded for _ in self._labels[label][limits.per_label :]]
        while self._labels:
            oldest = min(clips[0] for clips in self._labels.values())
            old = limits.age_s is not None and oldest.written < now - limits.age_s
            if not old and (limits.most_bytes is None or self._bytes <= limits.most_bytes):
                break
            due.append(self._take(oldest.label))
        return due

    def _take(self, label: str) -> KeptClip:
        """Take out the oldest of a label."""
        clips = self._labels[label]
        oldest = clips.pop(0)
        if not clips:
            del self._labels[label]
        self._bytes -= oldest.size
        return oldest
