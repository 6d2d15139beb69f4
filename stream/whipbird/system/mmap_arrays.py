"""Arrays in mapped memory, which returns to the system as soon as no reference to the array is left.

Memory that is allocated as usual and freed in another order leaves holes between the rest. Where several threads keep
sound for a while, over months, the holes would let the process grow.
"""

from __future__ import annotations

import mmap

import numpy as np

from whipbird.arrays import Floats

__all__ = ["mapped_zeros"]


def mapped_zeros(count: int, channels: int) -> Floats:
    """An array of zeros, shape (count, channels), of at least one sample. Pages take memory once they are written.

    Each array has pages of its own, so use it for arrays of some 100 kB or more.
    """
    memory = mmap.mmap(-1, count * channels * np.dtype(np.float32).itemsize)
    return np.frombuffer(memory, np.float32).reshape(count, channels)
