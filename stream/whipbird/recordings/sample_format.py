"""Decoded frames as float32 samples of one rate and number of channels, whatever each frame holds."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, cast

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.resample import Resampler

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

__all__ = ["SampleFit", "packed", "to_floats"]

FULL_TABLE = 8  # pointers to planes in FFmpeg's frame
FULL_SCALE = {"u8": 2**7, "s16": 2**15, "s32": 2**31, "flt": 1, "dbl": 1}


class SampleFit:
    """Converts samples of any rate and number of channels to one rate and number of channels.

    Several channels are mixed to one; one is copied to several; otherwise, missing channels are silent.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._rate_hz = rate_hz
        self._channels = channels
        self._from_hz = rate_hz
        self._resamplers: list[Resampler] = []

    def push(self, samples: Floats, rate_hz: int) -> Floats:
        """The converted samples that are ready, shape (n, channels)."""
        samples = _with_channels(samples, self._channels)
        before: Floats | None = None
        if rate_hz != self._from_hz:
            before = self.finish()
            self._from_hz = rate_hz
            if rate_hz != self._rate_hz:
                self._resamplers = [Resampler(rate_hz, self._rate_hz) for _ in range(self._channels)]
        if self._resamplers:
            resampled = [one.push(samples[:, number].copy()) for number, one in enumerate(self._resamplers)]
            samples = np.stack(resampled, axis=1)
        return samples if before is None else np.concatenate((before, samples))

    def finish(self) -> Floats:
        """The samples that a resampler still holds, shape (n, channels)."""
        rest = [one.finish() for one in self._resamplers]
        self._resamplers = []
        return np.stack(rest, axis=1) if rest else np.empty((0, self._channels), np.float32)


def packed(av: ModuleType, frame: AudioFrame) -> AudioFrame:
    """The frame in a form that PyAV converts to an array.

    Eight channels or more are put in one plane: PyAV miscounts that many planes, and crashes. 64-bit integers become
    floating-point numbers.
    """
    name = frame.format.packed.name
    if name != "s64" and (not frame.format.is_planar or frame.layout.nb_channels < FULL_TABLE):
        return frame
    packer = av.AudioResampler("dbl" if name == "s64" else name, frame.layout, frame.sample_rate)
    (packed_frame,) = packer.resample(frame)
    return cast("AudioFrame", packed_frame)


def to_floats(frame: AudioFrame) -> Floats:
    """A frame's samples as float32, full scale 1, shape (n, channels)."""
    array = frame.to_ndarray()
    samples = array.T if frame.format.is_planar else array.reshape(-1, frame.layout.nb_channels)
    floats: Floats = np.ascontiguousarray(samples, np.float32)
    scale = FULL_SCALE[frame.format.packed.name]
    if array.dtype == np.uint8:
        floats -= scale
    if scale != 1:
        floats /= scale
    return floats


def _with_channels(samples: Floats, channels: int) -> Floats:
    held = samples.shape[1]
    if held == channels:
        return samples
    if channels == 1:
        mixed: Floats = samples.mean(axis=1, keepdims=True)
        return mixed
    if held == 1:
        return np.repeat(samples, channels, axis=1)
    fitted = np.zeros((len(samples), channels), np.float32)
    fitted[:, :held] = samples[:, :channels]
    return fitted
