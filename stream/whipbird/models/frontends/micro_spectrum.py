"""Magnitudes in mel bands as small computers compute them: in integers of 16 bits, to the last bit.

These are the window, the transform and the filter bank of TFLite's "microfrontend". Its transform is KISS FFT at 16
bits: a complex transform of half the length in four stages of radix 4. Numbers are divided and rounded in each.
All sums are of integers that fit their type here, so that no order of computation changes them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers

__all__ = ["BANDS", "FRAME", "RATE_HZ", "STEP", "band_magnitudes", "bit_length"]

RATE_HZ = 16_000
FRAME, STEP, FFT = 480, 160, 512  # samples
BANDS, LOW_HZ, HIGH_HZ = 40, 125.0, 7500.0
WINDOW_BITS = WEIGHT_BITS = 12
WORD_BITS, LARGEST = 15, 32767  # of a number in the transform, apart from its sign
RADIX = 4
SIGNS = np.array([1, -1], np.int32)[:, None, None, None]  # for the product with the imaginary unit, negative

Words = NDArray[np.int16]
Ints = NDArray[np.int32]


def bit_length(numbers: NDArray[np.integer]) -> Integers:
    """Bits of non-negative integers below 2^53; 0 for 0."""
    return np.frexp(numbers.astype(np.float64))[1].astype(np.int64)


def band_magnitudes(frames: Floats) -> Integers:
    """Square roots of the power in each band: samples between -1 and 1, shape (n, 480), to (n, 40)."""
    samples = np.clip(np.rint(frames * (LARGEST + 1)), -LARGEST - 1, LARGEST).astype(np.int32)
    windowed = ((samples * _WINDOW) >> WINDOW_BITS).astype(np.int16)
    shift = WORD_BITS - bit_length(np.abs(windowed).max(axis=1))  # -32768 has no opposite, and does not count
    real, imaginary = _spectrum((windowed.astype(np.int32) << shift[:, None]).astype(np.int16))
    power = real.astype(np.float64) ** 2 + imaginary.astype(np.float64) ** 2
    sums = power @ _WEIGHTS  # of integers below 2^53, which are exact in any order
    roots = np.floor(np.sqrt(sums))
    roots += (sums - roots * roots > roots) & ~((roots == 0xFFFF) & (sums < 2**32))
    return roots.astype(np.int64) >> shift[:, None]


def _spectrum(windowed: Words) -> tuple[Ints, Ints]:
    """Real and imaginary parts of the transform, shape (n, 257) each, from shape (n, 480)."""
    count = len(windowed)
    padded = np.zeros((count, FFT), np.int16)
    padded[:, :FRAME] = windowed
    pairs = np.stack((padded[:, 0::2], padded[:, 1::2]))[..., _ORDER]
    for turns in _STAGES:
        pairs = _stage(pairs.reshape(2, count, -1, RADIX, turns.shape[-1]), turns).reshape(2, count, -1)
    half = _scaled(pairs.astype(np.int32), 2)
    middle = FFT // 4
    first = half[..., 1 : middle + 1]
    last = half[..., : middle - 1 : -1] * SIGNS[..., 0]  # conjugates, from the last to the middle
    sums, differences = (first + last).astype(np.int16), (first - last).astype(np.int16)
    turned = _product(differences.astype(np.int32), _TURNS).astype(np.int16).astype(np.int32)
    real, imaginary = np.zeros((2, count, FFT // 2 + 1), np.int32)
    real[:, 1 : middle + 1] = (sums[0] + turned[0]) >> 1
    imaginary[:, 1 : middle + 1] = (sums[1] + turned[1]) >> 1
    real[:, -2 : middle - 1 : -1] = (sums[0] - turned[0]) >> 1
    imaginary[:, -2 : middle - 1 : -1] = (turned[1] - sums[1]) >> 1
    return real, imaginary


def _stage(pairs: Words, turns: Ints) -> Words:
    """One stage: real and imaginary parts, shape (2, n, groups, 4, m), to the same shape."""
    scaled = _scaled(pairs.astype(np.int32), RADIX)
    own, turned = scaled[..., 0, :], _product(scaled[..., 1:, :], turns)
    second, third, fourth = turned[..., 0, :], turned[..., 1, :], turned[..., 2, :]
    less, more = own - third, own + third
    both, across = second + fourth, (second - fourth)[::-1] * SIGNS
    result = np.empty(pairs.shape, np.int16)  # sums beyond 16 bits wrap around
    result[..., 0, :] = more + both
    result[..., 1, :] = less + across
    result[..., 2, :] = more - both
    result[..., 3, :] = less - across
    return result


def _scaled(numbers: Ints, parts: int) -> Ints:
    """Numbers divided by a number of parts, rounded."""
    scaled: Ints = numbers * np.int32(LARGEST // parts)
    scaled += 1 << (WORD_BITS - 1)
    scaled >>= WORD_BITS
    return scaled


def _product(numbers: Ints, turns: Ints) -> Ints:
    """Products of complex numbers, shape (2, ...), with the factors ``turns``, shape (3, ...): r, -i and i."""
    products: Ints = numbers * turns[0]
    products[0] += numbers[1] * turns[1]
    products[1] += numbers[0] * turns[2]
    products += 1 << (WORD_BITS - 1)
    products >>= WORD_BITS
    return products


def _turns(phases: NDArray[np.float64]) -> Ints:
    """Points of the unit circle, shape (3, ...): r, -i and i."""
    cosines, sines = (np.floor(0.5 + LARGEST * part(phases)).astype(np.int32) for part in (np.cos, np.sin))
    return np.stack((cosines, -sines, sines))


def _make_stages() -> list[Ints]:
    """Factors of each stage, shape (3, 3, m): m is 1, 4, 16, 64."""
    size, stages, length = FFT // 2, [], 1
    while length < size:
        steps = np.arange(1, RADIX)[:, None] * np.arange(length) * (size // (RADIX * length))
        stages.append(_turns(-2 * np.pi * steps / size))
        length *= RADIX
    return stages


def _make_order() -> Integers:
    """Which input each place has before the first stage: the digits of its number to the base of 4, reversed."""
    order = np.zeros(1, np.int64)
    while len(order) < FFT // 2:
        order = np.concatenate([RADIX * order + digit for digit in range(RADIX)])
    return order


def _make_weights() -> NDArray[np.float64]:
    """The filter bank, shape (257, 40), in single precision as on a small computer."""
    single = np.float32
    bin_hz = single(0.5) * single(RATE_HZ) / single(FFT // 2)
    low, high = _mels(np.array([LOW_HZ, HIGH_HZ], single))
    centres = low + (high - low) / single(BANDS + 1) * np.arange(1, BANDS + 2, dtype=single)
    edges = np.concatenate(([low], centres))
    mels = _mels(np.arange(FFT // 2 + 1, dtype=single) * bin_hz)
    weights = np.zeros((FFT // 2 + 1, BANDS + 2))
    for number in range(int(1.5 + LOW_HZ / bin_hz), FFT // 2 + 1):
        band = int(np.searchsorted(centres, mels[number], side="left"))
        if band > BANDS:
            break
        share = (centres[band] - mels[number]) / (centres[band] - edges[band])
        weights[number, band] = np.floor(share * single(1 << WEIGHT_BITS) + single(0.5))
        weights[number, band + 1] = np.floor((single(1) - share) * single(1 << WEIGHT_BITS) + single(0.5))
    return weights[:, 1 : BANDS + 1]


def _mels(hz: Floats) -> Floats:
    mels: Floats = np.float32(1127) * np.log1p(hz / np.float32(700))
    return mels


_PHASES = np.float32(2 * np.pi) / np.float32(FRAME) * (np.arange(FRAME, dtype=np.float32) + np.float32(0.5))
_WINDOW = np.floor((np.float32(0.5) - np.float32(0.5) * np.cos(_PHASES)) * (1 << WINDOW_BITS) + 0.5).astype(np.int32)
_ORDER = _make_order()
_STAGES = _make_stages()
_TURNS = _turns(-np.pi * (np.arange(1, FFT // 4 + 1) / (FFT // 2) + 0.5))
_WEIGHTS = _make_weights()
