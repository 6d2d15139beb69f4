"""Columns of a picture of sound whose length nobody knows beforehand.

Columns are collected until there are twice as many as the picture has room for; then each two become one, which covers
twice the time, and so on. However long the sound is, what is held is bounded, and at its end there are between so many
and twice as many columns (fewer of short sound), each of the same length but for the last.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats

__all__ = ["COLUMNS", "ColumnPool"]

COLUMNS = 640


class ColumnPool:
    """Collects columns; of those that become one, each number is the highest.

    Parameters
    ----------
    height : int
        Numbers in a column.
    columns : int
        Room; at most twice as many are held.

    Attributes
    ----------
    pooled : int
        How many of the columns that came are one now.
    """

    def __init__(self, height: int, columns: int = COLUMNS) -> None:
        self.pooled = 1
        self._columns = np.empty((2 * columns, height), np.float32)
        self._count = 0  # whole ones
        self._open = 0  # columns that the last, open one has taken so far
        self._last = np.empty(height, np.float32)

    def push(self, columns: Floats) -> None:
        """Take the next columns, shape (n, height)."""
        while len(columns):
            if self._open:
                taken = min(len(columns), self.pooled - self._open)
                self._last = np.maximum(self._last, columns[:taken].max(axis=0))
                self._open += taken
                columns = columns[taken:]
                if self._open == self.pooled:
                    self._add(self._last[None])
                    self._open = 0
                continue
            whole = min(len(columns) // self.pooled, len(self._columns) - self._count)
            if whole:
                size = whole * self.pooled
                self._add(columns[:size].reshape(whole, self.pooled, -1).max(axis=1))
                columns = columns[size:]
            elif len(columns):
                self._last = columns.max(axis=0)
                self._open = len(columns)
                return

    def _add(self, columns: Floats) -> None:
        self._columns[self._count : self._count + len(columns)] = columns
        self._count += len(columns)
        if self._count == len(self._columns):
            self._count //= 2
            pairs = self._columns.reshape(self._count, 2, -1)
            self._columns[: self._count] = pairs.max(axis=1)
            self.pooled *= 2

    def columns(self) -> Floats:
        """All columns so far, shape (columns, height); the last may stand for less than the others."""
        whole = self._columns[: self._count]
        return np.concatenate((whole, self._last[None])) if self._open else whole.copy()
