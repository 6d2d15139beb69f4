"""Spectrograms as PNG: ink on paper for light screens, and the reverse for dark ones.

The pictures have 64 shades and no frame, so that a page can scale them and lay a line over them.
"""

from __future__ import annotations

import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Doubles, Floats

__all__ = ["INKS", "spectrogram_png"]

INKS = {  # colours of the quietest, the middle and the loudest shade
    "light": ((244, 243, 237), (112, 143, 128), (16, 44, 36)),
    "dark": ((20, 27, 25), (84, 130, 110), (238, 246, 214)),
}
SHADES = 64
RANGE_DB = 45.0  # from the quietest to the loudest shade
FRAME_S = 0.02
LOWEST_HZ, HIGHEST_HZ = 100.0, 12_000.0
QUIET = 0.7  # of the levels that are darker than the quietest shade


def spectrogram_png(samples: Floats, rate_hz: int, width: int, height: int, ink: str) -> bytes:
    """Draw a spectrogram of samples of one channel, shape (n,), low frequencies at the bottom."""
    levels = _levels(samples, rate_hz, width, height)
    loudest = float(levels.max())
    quietest = min(float(np.quantile(levels, QUIET)), loudest - 1.0)
    quietest = max(quietest, loudest - RANGE_DB)
    scaled = np.clip((levels - quietest) / (loudest - quietest) * (SHADES - 1), 0, SHADES - 1)
    return _png(np.rint(scaled).astype(np.uint8)[::-1], INKS[ink])


def _levels(samples: Floats, rate_hz: int, width: int, height: int) -> Floats:
    """Levels in dB, shape (height, width)."""
    size = 1 << max(5, round(FRAME_S * rate_hz).bit_length())
    padded = np.pad(samples, (size // 2, size // 2 + 1))
    starts = np.linspace(0, max(0, len(padded) - size), width).astype(int)
    frames = padded[starts[:, None] + np.arange(size)] * np.hanning(size).astype(np.float32)
    power = np.abs(np.fft.rfft(frames, axis=-1)) ** 2
    bins = min(power.shape[1], max(2, round(HIGHEST_HZ / rate_hz * size)))
    decibels = 10 * np.log10(np.maximum(power[:, :bins].T, 1e-12))
    # Rows are steps that sound equal, of which low ones lie between two frequencies.
    top = _mel(bins * rate_hz / size)
    places = _hertz(np.linspace(_mel(LOWEST_HZ), top, height)) * size / rate_hz
    below = np.minimum(places.astype(int), bins - 2)
    share = np.minimum(places - below, 1.0)[:, None]
    rows = decibels[below] * (1 - share) + decibels[below + 1] * share
    levels: Floats = _smooth(_smooth(rows).T).T.astype(np.float32)
    return levels


def _smooth(levels: Doubles) -> Doubles:
    """Weigh each row with its neighbours, so that noise is a calm ground."""
    padded = np.pad(levels, ((1, 1), (0, 0)), mode="edge")
    smoothed: Doubles = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    return smoothed


def _mel(hertz: float) -> float:
    return 2595 * math.log10(1 + hertz / 700)


def _hertz(mel: Doubles) -> Doubles:
    found: Doubles = 700 * (10 ** (mel / 2595) - 1)
    return found


def _png(pixels: NDArray[np.uint8], ink: tuple[tuple[int, int, int], ...]) -> bytes:
    """A picture with a palette, from shades of shape (height, width)."""
    height, width = pixels.shape
    stops = np.linspace(0, 1, len(ink))
    shades = np.linspace(0, 1, SHADES)
    palette = np.stack([np.interp(shades, stops, [colour[i] for colour in ink]) for i in range(3)], axis=1)
    lines = np.zeros((height, width + 1), np.uint8)
    lines[:, 1:] = pixels
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", np.rint(palette).astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
