"""Levels of each channel: direct current, peak, root mean square, noise floor.

Full scale is 1. Levels are in dBFS: 20 log10 of the amplitude. A sine of full scale has a peak of 0 dBFS and a root
mean square of -3.01 dBFS, as in ``sox`` and ``ffmpeg`` (AES17 adds 3.01 dB).
"""

from __future__ import annotations

import math

import numpy as np

from whipbird.arrays import Doubles, Floats

__all__ = ["FRAME_S", "Levels", "dbfs"]

FRAME_S = 0.1
QUIET_SHARE = 0.1  # of the frames are not above the noise floor
LOWEST_DB, HIGHEST_DB, BINS_PER_DB = -200, 120, 10  # of the histogram of the frames' levels


def dbfs(amplitude: float) -> float | None:
    """Level of an amplitude; None for silence, which has no level."""
    return 20 * math.log10(amplitude) if amplitude > 0 else None


class Levels:
    """Measures the levels of all channels, block by block.

    Parameters
    ----------
    rate_hz, channels : int

    Attributes
    ----------
    frame : int
        Samples in 0.1 s, for the noise floor. All blocks except the last should hold a multiple of it.
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
            self._push_frames(sound[:, :whole].reshape(len(sound), -1, self.frame), in_noise_floor=True)
        if whole < sound.shape[1]:  # the rest at the end is too short for the noise floor
            self._push_frames(sound[:, None, whole:], in_noise_floor=self._count == 0)

    def _push_frames(self, frames: Floats, in_noise_floor: bool) -> None:
        size = frames.shape[-1]
        self._count += frames.shape[1] * size
        np.maximum(self.peak, np.maximum(frames.max(axis=(1, 2)), -frames.min(axis=(1, 2))), out=self.peak)
        means = frames.mean(axis=2)
        centred = frames - means[..., None]
        squares = np.einsum("cfi,cfi->cf", centred, centred).astype(np.float64)
        means = means.astype(np.float64)
        self._sum += size * means.sum(axis=1)
        self._squares += squares.sum(axis=1) + size * np.square(means).sum(axis=1)
        if in_noise_floor:
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
        """The level that a tenth of the frames of 0.1 s do not exceed, to 0.1 dB; None if all frames are silent.

        The level of a frame is the root mean square about its mean, so that direct current does not count as noise.
        Frames in which all samples are equal are left out: they are digital silence, or a device that gives nothing.
        """
        floors: list[float | None] = []
        for counts in self._histogram:
            total = int(counts.sum())
            bin_ = int(np.searchsorted(np.cumsum(counts), max(1, QUIET_SHARE * total)))
            floors.append(LOWEST_DB + (bin_ + 0.5) / BINS_PER_DB if total else None)
        return floors
