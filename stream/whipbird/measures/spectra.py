"""Spectrogram and mean spectrum of sound of any length.

Powers are scaled so that a sine of full scale is at 0 dB. Frames are placed as in librosa (``center=True``, padded with
zeros): the middle of frame ``i`` is at sample ``i * step``. They overlap well in short sound, and just touch in sound
of minutes.

Where a picture has fewer columns than there are frames, a column shows the **loudest** of its frames at each frequency.
A call of half a second can then still be seen in a recording of hours, where a mean would hide it. Noise looks some
decibels louder in the spectrogram for this reason, but not in the mean spectrum: it is a mean of power (Welch, 1967).
The mean spectrum leaves out frames that reach beyond the ends of the sound, or into a part without sound, because a
sudden start holds all frequencies.
"""

from __future__ import annotations

import sys

import numpy as np

from whipbird.arrays import Doubles, Floats
from whipbird.measures.column_pool import COLUMNS, ColumnPool, silence
from whipbird.models.frontends.stft import StftMagnitude

__all__ = ["Spectra"]


FRAME_S = 0.043  # 2048 samples at 48 kHz, 512 at 16 kHz
SHORTEST_FRAME, LONGEST_FRAME = 32, 4096  # samples
FINEST = 16  # most steps in a frame
UNKNOWN = 4  # steps in a frame where the length of the sound is not known


class Spectra:
    """Measures the spectrogram and mean spectrum of one channel, block by block.

    Parameters
    ----------
    rate_hz : int
    expected : int or None
        Expected number of samples; None if it is not known.

    Attributes
    ----------
    frame, step : int
        Samples in a frame, and from the start of one frame to the start of the next.
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
        self._inside_from = self._first_inside()  # number of the first frame that the mean spectrum takes
        self._push_padded(np.zeros(self.frame // 2, np.float32))

    def push(self, samples: Floats) -> None:
        """Take the next samples, shape (n,)."""
        self._samples += len(samples)
        self._push_padded(samples)

    def skip(self, count: int) -> None:
        """Pass samples that are not there; they are silence in the spectrogram, and not in the mean spectrum."""
        self._inside_from = sys.maxsize
        for piece in silence(count):
            self.push(piece)
        self._inside_from = self._first_inside()

    def _first_inside(self) -> int:
        """Number of the first frame that starts at the next sample or later."""
        first: int = -(-(self._samples + self.frame // 2) // self.step)
        return first

    def finish(self) -> None:
        """Process the end of the sound."""
        due = 1 + self._samples // self.step if self._samples else 0
        reach = (due - 1) * self.step + self.frame // 2  # the last frame's end
        padding = np.zeros(max(0, reach - self._samples), np.float32)
        self._pool.push(self._transform.push(padding)[: due - self._frames])

    def _push_padded(self, samples: Floats) -> None:
        power = self._transform.push(samples)
        inside = power[max(0, self._inside_from - self._frames) :]
        self._frames += len(power)
        self._pool.push(power)
        if len(inside):
            self._inside += len(inside)
            self._sum += inside.sum(axis=0, dtype=np.float64)
            np.maximum(self._highest, inside.max(axis=0), out=self._highest)

    @property
    def column_s(self) -> float:
        """Seconds from one column of the spectrogram to the next."""
        return float(self.step * self._pool.pooled / self.rate_hz)

    @property
    def frequencies_hz(self) -> Doubles:
        """Frequencies of the bins, shape (bins,)."""
        return np.fft.rfftfreq(self.frame, 1 / self.rate_hz).astype(np.float64)

    def spectrogram(self) -> Floats:
        """Power, shape (bins, columns)."""
        return np.ascontiguousarray(self._pool.columns().T)

    def times_s(self) -> Doubles:
        """Time of the middle of each column, from the start of the sound, shape (columns,)."""
        count = len(self._pool.columns())
        times: Doubles = (np.arange(count) + 0.5) * self.column_s - self.step / 2 / self.rate_hz
        return times

    def mean(self) -> Doubles:
        """Mean power, shape (bins,), of the frames inside the sound, or of all frames if none is inside."""
        if self._inside:
            return self._sum / self._inside
        mean: Doubles = self._pool.columns().mean(axis=0, dtype=np.float64)
        return mean

    def highest(self) -> Floats:
        """Highest power of the same frames, shape (bins,)."""
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
