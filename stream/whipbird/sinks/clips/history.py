"""The latest sound of a source, with all its channels, for as long as clips may need it.

Sound is stored in pages of one second that are returned to the system (`whipbird.system.mmap_arrays`). Ordinary blocks,
allocated and freed for months between clips, would fragment the memory.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.gap import Gap, is_lost
from whipbird.audio.ring import Reader
from whipbird.system.mmap_arrays import mapped_zeros

__all__ = ["History"]


FILL_S = 0.5  # longest gap that is silence within a clip; a longer gap ends the clip


class History:
    """Keeps the sound that a reader reads."""

    def __init__(self, reader: Reader, rate_hz: int, channels: int) -> None:
        self._reader = reader
        self._rate_hz = rate_hz
        self._channels = channels
        self._blocks: deque[tuple[int, Floats]] = deque()  # in order, each with the number of its first sample
        self._left_out: deque[tuple[int, int]] = deque()  # what a triggered recorder left out: first and last + 1
        self._page: Floats = np.empty((0, channels), np.float32)  # unused rest of the latest page
        self._most = max(1, rate_hz)  # samples in a page, and read at once

    def fill(self) -> None:
        """Read all new sound."""
        while (item := self._reader.read(self._most)) is not None:
            if isinstance(item, Gap):
                if not is_lost(item.reason):
                    self._left_out.append((item.begin, item.end))
            else:
                self._blocks.append((self._reader.cursor - len(item), self._kept(item)))

    def _kept(self, samples: Floats) -> Floats:
        """Copy samples into a page, which is freed with its last block."""
        if len(self._page) < len(samples):
            self._page = mapped_zeros(self._most, self._channels)
        block, self._page = self._page[: len(samples)], self._page[len(samples) :]
        block[:] = samples
        return block

    def forget(self, before: int) -> None:
        """Drop blocks that end before a sample."""
        while self._blocks and self._blocks[0][0] + len(self._blocks[0][1]) <= before:
            self._blocks.popleft()
        while self._left_out and self._left_out[0][1] <= before:
            self._left_out.popleft()

    def cut(self, begin: int, middle: int, end: int) -> tuple[int, Floats, int]:
        """The sound from ``begin`` to ``end``, as far as it is available without long gaps around ``middle``.

        Returns
        -------
        begin : int
            First sample.
        samples : array of shape (n, channels)
            Short gaps are silence.
        lost : int
            Number of samples in short gaps, without what a triggered recorder left out.
        """
        pieces = []
        for first, block in self._blocks:
            low, high = max(begin, first), min(end, first + len(block))
            if low < high:
                pieces.append((low, block[low - first : high - first]))
        pieces = self._around(pieces, middle)
        if not pieces:
            return middle, np.zeros((0, self._channels), np.float32), 0
        start = pieces[0][0]
        stop = pieces[-1][0] + len(pieces[-1][1])
        samples = mapped_zeros(stop - start, self._channels)
        for first, piece in pieces:
            samples[first - start : first - start + len(piece)] = piece
        left_out = sum(max(0, min(stop, last) - max(start, first)) for first, last in self._left_out)
        return start, samples, stop - start - sum(len(piece) for _, piece in pieces) - left_out

    def _around(self, pieces: list[tuple[int, Floats]], middle: int) -> list[tuple[int, Floats]]:
        """The pieces around a sample, or nearest to it, without long gaps between them."""
        segments: list[list[tuple[int, Floats]]] = []
        reach = None
        for first, piece in pieces:
            if reach is None or first - reach > FILL_S * self._rate_hz:
                segments.append([])
            segments[-1].append((first, piece))
            reach = first + len(piece)

        def distance(segment: list[tuple[int, Floats]]) -> int:
            last, piece = segment[-1]
            return max(0, segment[0][0] - middle, middle - (last + len(piece)))

        return min(segments, key=distance, default=[])
