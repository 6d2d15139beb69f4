"""Pouring a file or a pipe into the ring: block by block, waiting for the readers, with what is missing as a gap."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stream.errors import SourceError
from stream.ring import Ring
from stream.sources.base import write_block

__all__ = ["TRUNCATED", "pour"]

BLOCK_S = 0.06  # the same at every speed, so that a damaged recording is read equally far
TRUNCATED = "truncated"


def pour(
    name: str,
    read_block: Callable[[int], NDArray[np.float32]],
    promised: int | None,
    rate_hz: int,
    ring: Ring,
    stop: threading.Event,
    keep_pace: Callable[[int], bool] = lambda read: True,
) -> None:
    """Pour sound into the ring until it ends or ``stop`` is set.

    Parameters
    ----------
    read_block : callable
        Reads at most so many samples: shape (n, channels), none at the end.
    promised : int or None
        Samples that should come, where that is known.
    keep_pace : callable
        Waits until more than so many samples are due; returns False to stop.

    Raises
    ------
    SourceError
        If it holds no sound, or breaks off.
    """
    block = max(1, round(BLOCK_S * rate_hz))
    read = 0
    failure = ""
    while not stop.is_set() and keep_pace(read):
        try:
            samples = read_block(block)
        except SourceError as error:
            failure = f" ({error})"
            break
        if len(samples) == 0:
            break
        while not ring.wait_for_room(len(samples), 0.1):
            if stop.is_set():
                return
        write_block(ring, samples)
        read += len(samples)
    if stop.is_set():
        return
    lost = max(0, (promised or 0) - read)
    ring.skip(lost, TRUNCATED)
    if lost or (failure and read):
        raise SourceError(
            f"{name}: breaks off after {read / rate_hz:.2f} s"
            + (f", {lost / rate_hz:.2f} s before its end" if lost else "")
            + failure
        )
    if read == 0:
        raise SourceError(f"{name}: holds no sound{failure}")
