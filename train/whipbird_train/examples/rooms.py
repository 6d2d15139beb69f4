"""Sound in rooms, of which an impulse response was recorded or simulated."""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve

from whipbird.arrays import Floats
from whipbird_train.examples.augment import rms

__all__ = ["in_room"]


def in_room(sound: Floats, response: Floats) -> Floats:
    """Sound in a room, shape (samples,), at its own level and without delay."""
    first = int(np.abs(response).argmax())
    response = response[first:] / np.abs(response[first])
    heard = fftconvolve(sound, response)[: len(sound)].astype(np.float32)
    return heard * np.float32(rms(sound) / rms(heard))
