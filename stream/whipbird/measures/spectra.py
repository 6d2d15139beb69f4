"""Spectrogram and mean spectrum of sound of any length.

Powers are scaled so that a sine of full scale is at 0 dB. Frames lie as librosa's (``center=True``, padded with zeros):
frame ``i`` has its middle at sample ``i * step``. They overlap well where the sound is short, and just touch where it
lasts for minutes.

Where a picture has fewer columns than there are frames, a column shows, at each frequency, the **loudest** of its
frames: a call of half a second is then still seen in a recording of hours, where a mean would drown it. Noise looks
some decibels louder that way; the mean spectrum beside it is one of power (Welch, 1967), and does not. Frames that
reach beyond the ends of the sound do not count in it: the edge of a sound that begins suddenly holds all frequencies.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Doubles, Floats
from whipbird.measures.column_pool import COLUMNS, ColumnPool
from whipbird.models.frontends.stft import StftMagnitude

__all__ = ["Spectra"]


FRAME_S = 0.043  # 2048 samples at 48 kHz, 512 at 16 kHz
SHORTEST_FRAME, LONGEST_FRAME = 32, 4096  # samples
FINEST = 16  # steps in a frame, at most
UNKNOWN = 4  # steps in a frame where the length of the sound is not known


class Spectra:
    """Measures one channel that comes in blocks.

    Parameters
    ----------
    rate_hz : int
    expected : int or None
        Samples that will come, as far as that is known.

    Attributes
    ----------
    frame, step : int
        Samples in a frame, and from the begin of one to that of the next.
    """

    def __init__(self, rate_hz: int, expected: int | None) -> None:
        self.rate_hz = rate_hz
        self.frame = min(LONGEST_FRAME, max(SHORTEST_FRAME, 1 << round(np.log2(FRAME_S * rate_hz))))
        wanted = self.frame // UNKNOWN if expected is None else 1 << max(0, (expected // COLUMNS).bit_length() - 1)
        self.step = min(self.frame, max(self.frame // FINEST, wanted))
        window = np.hanning(self.frame + 1)[:-1].astype(np.float32)  # periodic
        self._transform = _Power(self.step, window)
        self._pool = ColumnPool(self.frame // 2 + 1)
        self._sum = np.zeros(self.frame // 2 + 1)
        self._highest = np.zeros(self.frame // 2 + 1, np.float32)
        self._frames = self._inside = self._samples = 0
        self._take(np.zeros(self.frame // 2, np.float32))

    def push(self, samples: Floats) -> None:
        """Take the next samples, shape (n,)."""
        self._samples += len(samples)
        self._take(samples)

    def finish(self) -> None:
        """The sound ends here."""
        due = 1 + self._samples // self.step if self._samples else 0
        reach = (due - 1) * self.step + self.frame // 2  # the last frame's end
        padding = np.zeros(max(0, reach - self._samples), np.float32)
        self._pool.push(self._transform.push(padding)[: due - self._frames])

    def _take(self, samples: Floats) -> None:
        power = self._transform.push(samples)
        inside = power[max(0, -(-self.frame // (2 * self.step)) - self._frames) :]
        self._frames += len(power)
        self._pool.push(power)
        if len(inside):
            self._inside += len(inside)
            self._sum += inside.sum(axis=0, dtype=np.float64)
            np.maximum(self._highest, inside.max(axis=0), out=self._highest)

    @property
    def column_s(self) -> float:
        """From one column of the spectrogram to the next."""
        return float(self.step * self._pool.pooled / self.rate_hz)

    @property
    def frequencies_hz(self) -> Doubles:
        """Of the bins, shape (bins,)."""
        return np.fft.rfftfreq(self.frame, 1 / self.rate_hz).astype(np.float64)

    def spectrogram(self) -> Floats:
        """Power, shape (bins, columns)."""
        return np.ascontiguousarray(self._pool.columns().T)

    def times_s(self) -> Doubles:
        """Where the middle of each column lies, from the begin of the sound, shape (columns,)."""
        count = len(self._pool.columns())
        times: Doubles = (np.arange(count) + 0.5) * self.column_s - self.step / 2 / self.rate_hz
        return times

    def mean(self) -> Doubles:
        """Mean power, shape (bins,): of the frames that lie in the sound, or of all if it is too short for these."""
        if self._inside:
            return self._sum / self._inside
        mean: Doubles = self._pool.columns().mean(axis=0, dtype=np.float64)
        return mean

    def highest(self) -> Floats:
        """The highest power of any of them, shape (bins,)."""
        highest: Floats = self._highest if self._inside else self._pool.columns().max(axis=0)
        return highest


class _Power(StftMagnitude):
    def __init__(self, step: int, window: Floats) -> None:
        super().__init__(step, {"window": window})
        self._scale = np.float32(4 / window.sum() ** 2)

    def transform(self, frames: Floats) -> Floats:
        spectrum = self._spectrum(frames)
        power: Floats = (spectrum.real**2 + spectrum.imag**2) * self._scale
        return power
