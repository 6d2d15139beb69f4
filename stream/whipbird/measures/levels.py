"""Levels of each channel: direct current, peak, root mean square, noise floor.

Full scale is 1. Levels are in dBFS: 20 log10 of the amplitude, so that a sine of full scale has a peak of 0 and a root
mean square of -3.01 dBFS, as ``sox`` and ``ffmpeg`` count (AES17 counts 3.01 dB more).
"""

from __future__ import annotations

import math

import numpy as np

from whipbird.arrays import Doubles, Floats

__all__ = ["FRAME_S", "Levels", "dbfs"]

FRAME_S = 0.1
QUIET_SHARE = 0.1  # of the frames tell the noise floor
LOWEST_DB, HIGHEST_DB, BINS_PER_DB = -200, 120, 10  # of the histogram of the frames' levels


def dbfs(amplitude: float) -> float | None:
    """An amplitude as level; None for silence, which has none."""
    return 20 * math.log10(amplitude) if amplitude > 0 else None


class Levels:
    """Measures sound that comes in blocks.

    Parameters
    ----------
    rate_hz, channels : int

    Attributes
    ----------
    frame : int
        Samples in 0.1 s, for the noise floor. The blocks, but for the last, should hold a multiple of it.
    peak : array, shape (channels,)
        The highest magnitude of a sample.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self.frame = max(1, round(FRAME_S * rate_hz))
        self._count = 0
        self._sum = np.zeros(channels)
        self._squares = np.zeros(channels)
        self.peak = np.zeros(channels, np.float32)
        self._histogram = np.zeros((channels, (HIGHEST_DB - LOWEST_DB) * BINS_PER_DB), np.int64)

    def push(self, sound: Floats) -> None:
        """Take the next samples, shape (channels, n)."""
        whole = sound.shape[1] // self.frame * self.frame
        if whole:
            self._take(sound[:, :whole].reshape(len(sound), -1, self.frame), heard=True)
        if whole < sound.shape[1]:  # the rest at the end is too short to tell the noise floor
            self._take(sound[:, None, whole:], heard=self._count == 0)

    def _take(self, frames: Floats, heard: bool) -> None:
        size = frames.shape[-1]
        self._count += frames.shape[1] * size
        np.maximum(self.peak, np.maximum(frames.max(axis=(1, 2)), -frames.min(axis=(1, 2))), out=self.peak)
        means = frames.mean(axis=2)
        centred = frames - means[..., None]
        squares = np.einsum("cfi,cfi->cf", centred, centred).astype(np.float64)
        means = means.astype(np.float64)
        self._sum += size * means.sum(axis=1)
        self._squares += squares.sum(axis=1) + size * np.square(means).sum(axis=1)
        if heard:
            for counts, power in zip(self._histogram, squares / size, strict=True):
                levels_db = 10 * np.log10(power[power > 0])
                bins = ((levels_db - LOWEST_DB) * BINS_PER_DB).astype(int).clip(0, len(counts) - 1)
                counts += np.bincount(bins, minlength=len(counts))

    @property
    def offset(self) -> Doubles:
        """Direct current: the mean of all samples, as a share of full scale, shape (channels,)."""
        return self._sum / max(1, self._count)

    @property
    def rms(self) -> Doubles:
        """Root mean square of all samples, direct current included, shape (channels,)."""
        root: Doubles = np.sqrt(self._squares / max(1, self._count))
        return root

    @property
    def noise_floors_dbfs(self) -> list[float | None]:
        """The level that a tenth of the frames of 0.1 s does not exceed, to 0.1 dB; None where all are silent.

        It is the root mean square about each frame's mean, so that direct current is no noise. Frames in which all
        samples are equal do not count: that is digital silence, or a device that gives nothing.
        """
        floors: list[float | None] = []
        for counts in self._histogram:
            total = int(counts.sum())
            place = int(np.searchsorted(np.cumsum(counts), max(1, QUIET_SHARE * total)))
            floors.append(LOWEST_DB + (place + 0.5) / BINS_PER_DB if total else None)
        return floors
