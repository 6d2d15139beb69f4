"""Columns of a picture of sound whose length is not known beforehand.

Columns are collected until there are twice as many as the picture needs. Then pairs are merged, so that each column
covers twice the time, and so on. Memory is bounded for sound of any length. At the end there are between N and 2 N
columns (fewer for short sound), all of the same length except the last, which may be shorter.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from whipbird.arrays import Floats

__all__ = ["COLUMNS", "ColumnPool", "silence"]

COLUMNS = 640  # N, for the pictures of a recording
SILENCE = np.zeros(1 << 20, np.float32)


def silence(count: int) -> Iterator[Floats]:
    """This many samples of silence, in pieces of shape (n,), for parts of a picture without sound."""
    for begin in range(0, count, len(SILENCE)):
        yield SILENCE[: count - begin]


class ColumnPool:
    """Collects columns; a merged column holds the highest of each number.

    Parameters
    ----------
    height : int
        Numbers in a column.
    columns : int
        Columns that a picture needs; up to twice as many are held.

    Attributes
    ----------
    pooled : int
        Number of pushed columns in one column of the picture.
    """

    def __init__(self, height: int, columns: int = COLUMNS) -> None:
        self.pooled = 1
        self._columns = np.empty((2 * columns, height), np.float32)
        self._complete = 0  # complete columns
        self._open = 0  # pushed columns in the incomplete last one
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
                    self._append(self._last[None])
                    self._open = 0
                continue
            whole = min(len(columns) // self.pooled, len(self._columns) - self._complete)
            if whole:
                size = whole * self.pooled
                self._append(columns[:size].reshape(whole, self.pooled, -1).max(axis=1))
                columns = columns[size:]
            elif len(columns):
                self._last = columns.max(axis=0)
                self._open = len(columns)
                return

    def _append(self, columns: Floats) -> None:
        self._columns[self._complete : self._complete + len(columns)] = columns
        self._complete += len(columns)
        if self._complete == len(self._columns):
            self._complete //= 2
            pairs = self._columns.reshape(self._complete, 2, -1)
            self._columns[: self._complete] = pairs.max(axis=1)
            self.pooled *= 2

    def columns(self) -> Floats:
        """All columns so far, shape (columns, height); the last may cover less time than the others."""
        whole = self._columns[: self._complete]
        return np.concatenate((whole, self._last[None])) if self._open else whole.copy()
