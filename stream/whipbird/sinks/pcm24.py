"""Samples of 24 bits, as FLAC holds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats

__all__ = ["MOST_CHANNELS", "as_24_bit"]

FULL_SCALE = 1 << 23  # 24 bits hold 16-bit samples and the mantissa of floats
MOST_CHANNELS = 8  # of FLAC


def as_24_bit(samples: Floats) -> NDArray[np.int32]:
    """Samples for libsndfile, which uses the upper 24 of 32 bits; those above full scale are clipped."""
    scaled = np.rint(samples * np.float32(FULL_SCALE))
    whole = scaled.clip(-FULL_SCALE, FULL_SCALE - 1).astype(np.int32)
    upper: NDArray[np.int32] = whole << 8
    return upper
