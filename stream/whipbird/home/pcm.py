"""Samples of Wyoming's sound: signed integers of 1 to 4 bytes, little-endian, channels interleaved."""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats

__all__ = ["PcmReader"]

PADDED = 4  # bytes to which samples of three bytes are filled up, from below


class PcmReader:
    """Turns pieces of sound, cut anywhere, into float32 samples, full scale 1.

    Parameters
    ----------
    width : int
        Bytes per sample.
    channels : int
    """

    def __init__(self, width: int, channels: int) -> None:
        self._width = width
        self._channels = channels
        self._rest = b""  # of a frame that is not complete

    def push(self, sound: bytes) -> Floats:
        """The samples that are complete now, shape (n, channels)."""
        sound = self._rest + sound
        end = len(sound) - len(sound) % (self._width * self._channels)
        self._rest = sound[end:]
        whole = sound[:end]
        width = self._width
        if width == PADDED - 1:
            padded = np.zeros((len(whole) // width, PADDED), np.uint8)
            padded[:, 1:] = np.frombuffer(whole, np.uint8).reshape(-1, width)
            whole, width = padded.tobytes(), PADDED
        samples: Floats = np.frombuffer(whole, f"<i{width}").astype(np.float32)
        return (samples / np.float32(1 << (8 * width - 1))).reshape(-1, self._channels)
