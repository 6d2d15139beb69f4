"""The latest sound of a source, with all its channels, for as long as clips may need it.

It lies in pages of a second, which the system gets back (`whipbird.system.mmap_arrays`): between the clips that are cut
and written meanwhile, blocks that come and go for months would leave ever larger holes.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.gap import Gap
from whipbird.audio.ring import Reader
from whipbird.system.mmap_arrays import mapped_zeros

__all__ = ["History"]


FILL_S = 0.5  # gaps up to here are silence within a clip; at a longer one it ends


class History:
    """Keeps what a reader reads."""

    def __init__(self, reader: Reader, rate_hz: int, channels: int) -> None:
        self._reader = reader
        self._rate_hz = rate_hz
        self._channels = channels
        self._blocks: deque[tuple[int, Floats]] = deque()  # with their first sample's absolute number, in order
        self._page: Floats = np.empty((0, channels), np.float32)  # what is left of the latest
        self._most = max(1, rate_hz)  # in a page, and read at once

    def fill(self) -> None:
        """Read all that has come."""
        while (item := self._reader.read(self._most)) is not None:
            if not isinstance(item, Gap):
                self._blocks.append((self._reader.cursor - len(item), self._kept(item)))

    def _kept(self, samples: Floats) -> Floats:
        """The same samples in a page; it goes with the last block in it."""
        if len(self._page) < len(samples):
            self._page = mapped_zeros(self._most, self._channels)
        block, self._page = self._page[: len(samples)], self._page[len(samples) :]
        block[:] = samples
        return block

    def forget(self, before: int) -> None:
        """Let go of what lies before a sample."""
        while self._blocks and self._blocks[0][0] + len(self._blocks[0][1]) <= before:
            self._blocks.popleft()

    def cut(self, begin: int, middle: int, end: int) -> tuple[int, Floats, int]:
        """The sound from ``begin`` to ``end`` as far as it is held, around ``middle``.

        Returns
        -------
        begin : int
            Where it really begins.
        samples : array of shape (n, channels)
            Short gaps in it are silence.
        lost : int
            Samples in these.
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
        return start, samples, stop - start - sum(len(piece) for _, piece in pieces)

    def _around(self, pieces: list[tuple[int, Floats]], middle: int) -> list[tuple[int, Floats]]:
        """Those that lie around a sample without a long gap between them."""
        stretches: list[list[tuple[int, Floats]]] = []
        reach = None
        for first, piece in pieces:
            if reach is None or first - reach > FILL_S * self._rate_hz:
                stretches.append([])
            stretches[-1].append((first, piece))
            reach = first + len(piece)

        def distance(stretch: list[tuple[int, Floats]]) -> int:
            last, piece = stretch[-1]
            return max(0, stretch[0][0] - middle, middle - (last + len(piece)))

        return min(stretches, key=distance, default=[])
