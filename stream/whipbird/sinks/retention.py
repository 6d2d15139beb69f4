"""Retention of files: by age, number per label and total size; the oldest files are removed first."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["FileIndex", "KeptFile", "Retention"]


@dataclass(frozen=True)
class Retention:
    """Limits: seconds since a file was written, bytes of all files, and files of each label. None is no limit.

    With ``never_longer``, files also go for their age when the clock is in doubt.
    """

    age_s: float | None = None
    most_bytes: int | None = None
    per_label: int | None = None
    never_longer: bool = False

    def __bool__(self) -> bool:
        return (self.age_s, self.most_bytes, self.per_label) != (None, None, None)


@dataclass(frozen=True, order=True)
class KeptFile:
    """A file in the folder: ``written`` in seconds since 1970; ``size`` in bytes, with those that go with it."""

    written: float
    name: str
    label: str
    size: int


class FileIndex:
    """Keeps track of the files in a folder, from ``files`` on, and selects files to remove."""

    def __init__(self, retention: Retention, files: Iterable[KeptFile] = ()) -> None:
        self._retention = retention
        self._labels: dict[str, list[KeptFile]] = {}  # the oldest first; none is empty
        self._bytes = 0
        for file in sorted(files):
            self.add(file)

    def add(self, file: KeptFile) -> None:
        """Add a file."""
        if self._retention:
            insort(self._labels.setdefault(file.label, []), file)
            self._bytes += file.size

    @property
    def newest(self) -> float | None:
        """When the newest file was written; None if there is none."""
        return max((files[-1].written for files in self._labels.values()), default=None)

    def due(self, now: float, most_old: float = math.inf) -> list[KeptFile]:
        """Remove and return the files that are due for removal.

        Parameters
        ----------
        now : float
            Seconds since 1970.
        most_old : float
            Most files that may go because of their age alone.
        """
        retention = self._retention
        due = []
        if retention.per_label is not None:
            crowded = [label for label, files in self._labels.items() if len(files) > retention.per_label]
            due = [self._take(label) for label in crowded for _ in self._labels[label][retention.per_label :]]
        while self._labels:
            oldest = min(files[0] for files in self._labels.values())
            if retention.most_bytes is None or self._bytes <= retention.most_bytes:
                if retention.age_s is None or oldest.written >= now - retention.age_s or most_old < 1:
                    break
                most_old -= 1
            due.append(self._take(oldest.label))
        return due

    def _take(self, label: str) -> KeptFile:
        """Remove and return the oldest file of a label."""
        files = self._labels[label]
        oldest = files.pop(0)
        if not files:
            del self._labels[label]
        self._bytes -= oldest.size
        return oldest
