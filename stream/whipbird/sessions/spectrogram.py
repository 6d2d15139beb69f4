"""Spectrogram of a stream: a column of band levels every tenth of a second."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from whipbird.arrays import Doubles, Floats

__all__ = ["BANDS", "COLUMN_S", "SpectrogramColumns"]

BANDS = 96
COLUMN_S = 0.1
LOWEST_HZ = 60.0
HIGHEST_HZ = 12_000.0  # of most birds
FRAME_S = 0.02
FLOOR_DB = -110.0


class SpectrogramColumns:
    """Turns a stream of samples into columns of band levels.

    Parameters
    ----------
    rate_hz : int
    """

    def __init__(self, rate_hz: int) -> None:
        self._column = round(COLUMN_S * rate_hz)
        self._fft = min(self._column, 1 << round(FRAME_S * rate_hz).bit_length())
        self._window = np.hanning(self._fft).astype(np.float32)
        self._scale = np.float32(4 / self._window.sum() ** 2)  # a sine of full scale is at 0 dB
        top = min(HIGHEST_HZ, rate_hz / 2)
        edges = _mel_steps(top, BANDS) * self._fft / rate_hz
        self._first = np.minimum(edges[:-1].astype(int), self._fft // 2)
        self._top_hz = top
        self._last = int(edges[-1]) + 1
        self._held: Floats = np.empty(0, np.float32)

    def centres_hz(self, rows: int) -> Doubles:
        """Centre frequency of each row in Hz, shape (rows,), low first, if the bands are shown in this many rows."""
        return _mel_steps(self._top_hz, 2 * rows)[1::2]

    def push(self, samples: Floats) -> list[Floats]:
        """Add samples, shape (n,), and return the finished columns: levels in dBFS, shape (BANDS,), low first."""
        held = np.concatenate((self._held, samples))
        count = len(held) // self._column
        self._held = held[count * self._column :]
        return [self._levels(held[i * self._column : (i + 1) * self._column]) for i in range(count)]

    def _levels(self, samples: Floats) -> Floats:
        frames = len(samples) // self._fft
        spectrum = np.fft.rfft(samples[: frames * self._fft].reshape(frames, -1) * self._window, axis=-1)
        power = np.mean(spectrum.real**2 + spectrum.imag**2, axis=0) * self._scale
        bands = np.maximum.reduceat(power[: self._last], self._first)
        levels: Floats = 10 * np.log10(np.maximum(bands, 10 ** (FLOOR_DB / 10))).astype(np.float32)
        return levels


@lru_cache(maxsize=8)
def _mel_steps(top_hz: float, count: int) -> Doubles:
    """Frequencies that divide the range into steps that sound equal (O'Shaughnessy's mel), shape (count + 1,)."""
    low, high = (2595 * np.log10(1 + frequency_hz / 700) for frequency_hz in (LOWEST_HZ, top_hz))
    steps: Doubles = 700 * (10 ** (np.linspace(low, high, count + 1) / 2595) - 1)
    return steps
