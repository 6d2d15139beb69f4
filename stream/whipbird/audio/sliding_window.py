"""A sliding window over a stream of rows, always readable as one contiguous array."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from whipbird.arrays import Floats

__all__ = ["SlidingWindow"]

SPARE = 4  # the array holds this many windows: rows move to the front once every three windows


class SlidingWindow:
    """The last ``length`` rows of a stream.

    Parameters
    ----------
    length : int
        Rows in the window.
    fill : array_like, shape (width,)
        What the window holds before the first row.
    """

    def __init__(self, length: int, fill: ArrayLike) -> None:
        row = np.atleast_1d(np.asarray(fill, np.float32))
        self._length = length
        self._rows: Floats = np.empty((SPARE * length, len(row)), np.float32)
        self._rows[:length] = row
        self._end = length

    def push(self, rows: Floats) -> None:
        """Append rows, shape (n, width)."""
        rows = rows[-self._length :]
        if self._end + len(rows) > len(self._rows):
            self._rows[: self._length] = self.view()
            self._end = self._length
        self._rows[self._end : self._end + len(rows)] = rows
        self._end += len(rows)

    def view(self) -> Floats:
        """The window, shape (length, width); valid until the next push."""
        return self._rows[self._end - self._length : self._end]
