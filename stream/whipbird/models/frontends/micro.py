"""Front end of small computers: bands whose noise is taken away and whose loudness is evened out, in integers.

This is TFLite's "microfrontend" as ESPHome and microWakeWord use it: 40 bands, a frame of 30 ms every 10 ms. The steady
part of each band is subtracted, each band is divided by a power of that steady part (per-channel energy normalisation,
PCAN), and the logarithm is taken. All of it is integer arithmetic, and equal to the original to the last bit.

The estimate of the steady part starts with the segment, and never quite forgets what came before. So a frame depends
on all sound since then, and the same sound must be processed from the same start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, Self

import numpy as np

from whipbird.arrays import Floats, Integers
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.micro_spectrum import BANDS, FRAME, STEP, band_magnitudes, bit_length
from whipbird.system.strict import Strict

__all__ = ["MicroFeatures", "MicroSettings", "make"]

UNIT = np.float32(0.0390625)  # of a feature: 10 / 256
SHARE_BITS = 14  # of the shares below
SMOOTHING = np.array([int(share * (1 << SHARE_BITS)) for share in (0.025, 0.06)] * (BANDS // 2), np.int64)
LEAST_REMAINING = int(0.05 * (1 << SHARE_BITS))
ESTIMATE_BITS = 10  # of fraction in an estimate
WORD = (1 << 32) - 1
GAIN_STRENGTH, GAIN_OFFSET, GAIN_BITS, CORRECTION_BITS = 0.95, 80.0, 21, 3
RATIO_BITS, SHRUNK_BITS = 12, 6  # of fraction in a ratio of signal to noise, before and after it is shrunk
CURVE_BITS, CURVE_LIMIT = 10, 32767  # of the place between two points of the gain's curve; largest gain
LOG_BITS, LOG_SEGMENT_BITS, LOG_SCALE_BITS = 16, 7, 6
LOG_OF_2 = 45_426  # 65536 ln 2


class MicroSettings(Strict):
    """The front end of TFLite for small computers, with microWakeWord's settings; it has none of its own."""

    kind: Literal["micro"] = "micro"

    @property
    def step(self) -> int:
        """Samples from one frame to the next."""
        return STEP


class MicroFeatures(FrontEnd):
    """Logarithms of bands without steady noise, between 0 and 26.

    Attributes
    ----------
    estimate : array of int, shape (40,)
        The steady part of each band.
    """

    PIECE: ClassVar = 128

    def __init__(self) -> None:
        super().__init__(FRAME, STEP, BANDS)
        self.estimate = np.zeros(BANDS, np.int64)

    def transform(self, frames: Floats) -> Floats:
        """The next frames, shape (n, 480), which follow those before."""
        return _features([self], [len(frames)], frames)

    @classmethod
    def push_each(cls, ready: Sequence[tuple[Self, Floats]]) -> list[Floats]:
        """Push samples to different front ends; return the frames of each."""
        frames = [frontend.cut(samples) for frontend, samples in ready]
        counts = [len(own) for own in frames]
        features = _features([frontend for frontend, _ in ready], counts, np.concatenate(frames))
        ends = np.cumsum(counts).tolist()
        return [features[end - count : end] for count, end in zip(counts, ends, strict=True)]

    def whole(self, clips: Floats) -> Floats:
        clips = np.asarray(clips)
        features = np.stack([MicroFeatures().push(clip) for clip in clips.reshape(-1, clips.shape[-1])])
        shaped: Floats = features.reshape(*clips.shape[:-1], -1, BANDS)
        return shaped

    def silence(self) -> Floats:
        return np.zeros(BANDS, np.float32)


def _features(frontends: Sequence[MicroFeatures], counts: Sequence[int], frames: Floats) -> Floats:
    """Features of the next frames of different streams, one after another: shape (n, 480) to (n, 40)."""
    piece = MicroFeatures.PIECE
    pieces = [band_magnitudes(frames[start : start + piece]) for start in range(0, len(frames), piece)]
    signal = np.concatenate(pieces) if pieces else np.empty((0, BANDS), np.int64)
    left, noise = _without_noise(frontends, counts, signal)
    features: Floats = _logarithm(_evened(left, noise)).astype(np.float32) * UNIT
    return features


def _without_noise(
    frontends: Sequence[MicroFeatures], counts: Sequence[int], signal: Integers
) -> tuple[Integers, Integers]:
    """What is left of the signals of some streams, shape (n, 40), and the estimates of their steady parts."""
    scaled = (signal << ESTIMATE_BITS) & WORD
    noise = np.empty_like(scaled)
    new, kept = scaled * SMOOTHING, (1 << SHARE_BITS) - SMOOTHING
    starts = np.cumsum([0, *counts[:-1]])
    estimates = np.stack([frontend.estimate for frontend in frontends])
    for number in range(max(counts)):
        own = slice(None) if number < min(counts) else np.flatnonzero(np.asarray(counts) > number)
        rows = starts[own] + number
        estimates[own] = noise[rows] = (new[rows] + estimates[own] * kept) >> SHARE_BITS
    for frontend, estimate in zip(frontends, estimates, strict=True):
        frontend.estimate = estimate
    left = (scaled - np.minimum(noise, scaled)) >> ESTIMATE_BITS
    return np.maximum(left, (signal * LEAST_REMAINING) >> SHARE_BITS), noise


def _evened(signal: Integers, noise: Integers) -> Integers:
    """A signal divided by a power of the noise, and shrunk where it is weak."""
    ratio = ((signal * _gain(noise)) >> (GAIN_BITS - CORRECTION_BITS - RATIO_BITS)) & WORD
    weak = (ratio * ratio) >> (2 + 2 * RATIO_BITS - SHRUNK_BITS)
    strong = (ratio >> (RATIO_BITS - SHRUNK_BITS)) - (1 << SHRUNK_BITS)
    return np.where(ratio < 2 << RATIO_BITS, weak, strong)


def _gain(noise: Integers) -> Integers:
    """The gain for an estimate of noise, from a curve of parabolas between powers of two."""
    interval = bit_length(noise)
    level, slope, bend = _CURVE[:, interval]
    place = np.where(interval <= CURVE_BITS, noise << np.maximum(CURVE_BITS + 1 - interval, 0), noise)
    place = (place >> np.maximum(interval - CURVE_BITS - 1, 0)) & ((1 << CURVE_BITS) - 1)
    rise = (((bend * place) >> 5) + (slope << 5)) * place
    gains: Integers = level + ((rise + (1 << 14)) >> 15)
    return gains


def _logarithm(signal: Integers) -> Integers:
    """Natural logarithms, in units of 1/64, of a signal that is scaled first."""
    scaled = (signal << CORRECTION_BITS) & WORD
    whole = np.maximum(bit_length(scaled) - 1, 0)
    fraction = ((scaled << LOG_BITS) >> whole) & ((1 << LOG_BITS) - 1)
    segment = fraction >> (LOG_BITS - LOG_SEGMENT_BITS)
    beyond = fraction - (segment << (LOG_BITS - LOG_SEGMENT_BITS))
    low, high = _LOG_CURVE[segment], _LOG_CURVE[segment + 1]
    logarithm = (whole << LOG_BITS) + fraction + low + (((high - low) * beyond) >> LOG_BITS)
    natural = (LOG_OF_2 * logarithm + (1 << (LOG_BITS - 1))) >> LOG_BITS
    units = ((natural << LOG_SCALE_BITS) + (1 << (LOG_BITS - 1))) >> LOG_BITS
    logarithms: Integers = np.where(scaled > 1, units, 0)
    return logarithms


def _make_curve() -> Integers:
    """Level, slope and bend of the gain for each length in bits of an estimate, shape (3, 33)."""

    def gain(noise: int) -> int:
        single = np.float32
        power = np.power(
            single(noise / (1 << (ESTIMATE_BITS - CORRECTION_BITS))) + single(GAIN_OFFSET), single(-GAIN_STRENGTH)
        )
        return int(min(single(1 << GAIN_BITS) * power, single(CURVE_LIMIT)) + single(0.5))

    curve = np.zeros((3, 33), np.int64)
    curve[0, :2] = gain(0), gain(1)
    for interval in range(2, 33):
        start = 1 << (interval - 1)
        level = gain(start)
        middle, last = gain(start + (start >> 1)) - level, gain(2 * start - (interval == 32)) - level
        slope = 4 * middle - last
        curve[:, interval] = level, slope, last - slope
    return curve


_CURVE = _make_curve()
_LOG_CURVE = np.rint((1 << LOG_BITS) * (np.log2(1 + np.arange(130) / 128) - np.arange(130) / 128)).astype(np.int64)


def make(settings: MicroSettings, matrices: Mapping[str, Floats]) -> MicroFeatures:
    """A new front end; it needs no matrices."""
    return MicroFeatures()
