"""Arrays in memory of their own, which the system gets back as soon as nobody has them any more.

What is allocated in the usual way, and freed in another order than it came, leaves holes between what stays. Sound that
is kept for a while, by several threads for months, would let a process grow by them.
"""

from __future__ import annotations

import mmap

import numpy as np

from whipbird.arrays import Floats

__all__ = ["mapped_zeros"]


def mapped_zeros(count: int, channels: int) -> Floats:
    """Silence, shape (count, channels), at least one sample. It takes room where it has been written.

    Its own pages of the system are behind it: for arrays of some 100 kB and more.
    """
    memory = mmap.mmap(-1, count * channels * np.dtype(np.float32).itemsize)
    return np.frombuffer(memory, np.float32).reshape(count, channels)
