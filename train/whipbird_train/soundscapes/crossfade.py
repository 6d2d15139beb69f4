"""Combine sounds: fade ends, join pieces of background, add one sound to another.

Sound has shape (samples,), times are in seconds, levels are root mean squares in dBFS.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whipbird.arrays import Floats
from whipbird_train.datasets.clips import repeated
from whipbird_train.examples.augment import scale_to_dbfs

__all__ = ["add_at", "faded", "joined"]


CROSS_FADE_S = 0.25
SHORTEST_PIECE_S, LONGEST_PIECE_S = 1.0, 30.0  # of a piece of background


def faded(samples: Floats, fade_s: float, rate_hz: int) -> Floats:
    """A copy that is faded in and out."""
    copy = samples.astype(np.float32)
    fade = np.linspace(0, 1, min(round(fade_s * rate_hz), len(copy) // 2), dtype=np.float32)
    copy[: len(fade)] *= fade
    copy[len(copy) - len(fade) :] *= fade[::-1]
    return copy


def joined(
    backgrounds: Sequence[Floats], length: int, rate_hz: int, level_dbfs: float, rng: np.random.Generator
) -> Floats:
    """Random pieces of backgrounds at one level, with equal-power cross-fades between them."""
    fade = round(CROSS_FADE_S * rate_hz)
    rise = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32))
    whole = np.zeros(length, np.float32)
    position = -fade  # the fade-in of the first piece ends where the stream starts
    while position < length:
        sound = backgrounds[int(rng.integers(len(backgrounds)))]
        start = int(rng.integers(max(1, len(sound) - round(LONGEST_PIECE_S * rate_hz) + 1)))
        sound = sound[start : start + round(LONGEST_PIECE_S * rate_hz)]
        piece = scale_to_dbfs(repeated(sound, max(len(sound), round(SHORTEST_PIECE_S * rate_hz))), level_dbfs)
        piece[:fade] *= rise
        piece[-fade:] *= rise[::-1]
        add_at(whole, piece, position)
        position += len(piece) - fade
    return whole


def add_at(stream: Floats, samples: Floats, start: int) -> None:
    """Add samples to a stream in place; samples outside the stream are dropped."""
    first, last = max(0, -start), min(len(samples), len(stream) - start)
    if first < last:
        stream[start + first : start + last] += samples[first:last]
