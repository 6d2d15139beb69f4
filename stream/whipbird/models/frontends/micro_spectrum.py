"""Magnitudes in mel bands as small computers compute them: in integers of 16 bits, to the last bit.

These are the window, the transform and the filter bank of TFLite's "microfrontend". Its transform is KISS FFT at 16
bits: a complex transform of half the length in four stages of radix 4. Numbers are divided and rounded in each.
All sums are of integers that fit their type here, so that no order of computation changes them. Frames are the last
axis while they are transformed: many of them, of one stream or of many, cost little more than a few.
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
ROUND = np.int32(1 << (WORD_BITS - 1))  # added before a shift by these bits

Words = NDArray[np.int16]
Ints = NDArray[np.int32]


def bit_length(numbers: NDArray[np.integer]) -> Integers:
    """Bits of non-negative integers below 2^53; 0 for 0."""
    return np.frexp(numbers.astype(np.float64))[1].astype(np.int64)


def band_magnitudes(frames: Floats) -> Integers:
    """Square roots of the power in each band: samples between -1 and 1, shape (n, 480), to (n, 40)."""
    scaled = np.multiply(frames.T, np.float32(LARGEST + 1), order="C")
    windowed = np.clip(np.rint(scaled), -LARGEST - 1, LARGEST).astype(np.int32)
    windowed *= _WINDOW
    windowed >>= WINDOW_BITS
    shift = WORD_BITS - bit_length(np.abs(windowed.astype(np.int16)).max(axis=0))  # -32768 does not count
    windowed <<= shift.astype(np.int32)
    sums = _band_sums(_powers(windowed.astype(np.int16)))
    roots = np.floor(np.sqrt(sums))
    roots += (sums - roots * roots > roots) & ~((roots == 0xFFFF) & (sums < 2**32))
    return roots.T.astype(np.int64) >> shift[:, None]


def _powers(windowed: Words) -> NDArray[np.float64]:
    """Powers of the spectrum, shape (257, n), from shape (480, n)."""
    count = windowed.shape[1]
    padded = np.zeros((FFT, count), np.int16)
    padded[:FRAME] = windowed
    pairs = padded[_ORDER].reshape(2, FFT // 2, count)
    for turns in _STAGES:
        pairs = _stage(pairs, turns)
    half = _scaled(pairs, 2)
    middle = FFT // 4
    first, last = half[:, 1 : middle + 1], half[:, : middle - 1 : -1]  # of the last, conjugates are needed
    sums, differences = np.empty((2, 2, middle, count), np.int16)
    np.add(first[0], last[0], out=sums[0], casting="unsafe")
    np.subtract(first[1], last[1], out=sums[1], casting="unsafe")
    np.subtract(first[0], last[0], out=differences[0], casting="unsafe")
    np.add(first[1], last[1], out=differences[1], casting="unsafe")
    turned = _product(differences.astype(np.int32), _TURNS).astype(np.int16)
    low, high = sums + turned.astype(np.int32), sums - turned.astype(np.int32)
    high[1] *= -1
    powers = np.zeros((FFT // 2 + 1, count))
    powers[1 : middle + 1] = _squares(low >> 1)
    powers[-2 : middle - 1 : -1] = _squares(high >> 1)
    return powers


def _band_sums(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted sums of powers in each band, shape (257, n) to (40, n): integers below 2^53, exact in any order.

    Each frequency counts in two bands. For a product with a matrix of weights, NumPy would start threads in a program
    that does not forbid it; with many streams, these spend more time waiting for each other than computing.
    """
    falling, rising = (np.add.reduceat(powers[_BINS] * weights, _FIRST) for weights in _WEIGHTS)
    sums: NDArray[np.float64] = falling[1:] + rising[:-1]
    return sums


def _stage(pairs: Words, turns: Ints) -> Words:
    """One stage of the transform: real and imaginary parts, shape (2, 256, n), to the same shape."""
    length, count = turns.shape[3], pairs.shape[2]
    scaled = _scaled(pairs, RADIX).reshape(2, -1, RADIX, length, count)
    own, turned = scaled[:, :, 0], scaled[:, :, 1:]
    if length > 1:  # otherwise, the only factor changes nothing: scaled numbers are small
        turned = _product(turned, turns)
    second, third, fourth = turned[:, :, 0], turned[:, :, 1], turned[:, :, 2]
    less, more = own - third, own + third
    both, across = second + fourth, second - fourth
    result = np.empty(scaled.shape, np.int16)  # sums beyond 16 bits wrap around
    np.add(more, both, out=result[:, :, 0], casting="unsafe")
    np.subtract(more, both, out=result[:, :, 2], casting="unsafe")
    np.add(less[0], across[1], out=result[0, :, 1], casting="unsafe")  # a product with the imaginary unit
    np.subtract(less[1], across[0], out=result[1, :, 1], casting="unsafe")
    np.subtract(less[0], across[1], out=result[0, :, 3], casting="unsafe")
    np.add(less[1], across[0], out=result[1, :, 3], casting="unsafe")
    return result.reshape(pairs.shape)


def _scaled(numbers: Words, parts: int) -> Ints:
    """Numbers divided by a number of parts, rounded."""
    scaled = numbers.astype(np.int32)
    scaled *= np.int32(LARGEST // parts)
    scaled += ROUND
    scaled >>= WORD_BITS
    return scaled


def _product(numbers: Ints, turns: Ints) -> Ints:
    """Products of complex numbers, shape (2, ...), with the factors ``turns``, shape (3, ...): r, -i and i."""
    products: Ints = numbers * turns[0]
    products[0] += numbers[1] * turns[1]
    products[1] += numbers[0] * turns[2]
    products += ROUND
    products >>= WORD_BITS
    return products


def _squares(numbers: Ints) -> NDArray[np.float64]:
    """Sums of the squares of real and imaginary parts, shape (2, ...) to (...)."""
    squares = numbers.astype(np.float64)
    squares *= squares
    sums: NDArray[np.float64] = squares[0] + squares[1]
    return sums


def _turns(phases: NDArray[np.float64]) -> Ints:
    """Points of the unit circle, shape (3, ...): r, -i and i."""
    cosines, sines = (np.floor(0.5 + LARGEST * part(phases)).astype(np.int32) for part in (np.cos, np.sin))
    return np.stack((cosines, -sines, sines))


def _make_stages() -> list[Ints]:
    """Factors of each stage, shape (3, 1, 3, m, 1): m is 1, 4, 16, 64."""
    size, stages, length = FFT // 2, [], 1
    while length < size:
        steps = np.arange(1, RADIX)[:, None] * np.arange(length) * (size // (RADIX * length))
        stages.append(_turns(-2 * np.pi * steps / size)[:, None, ..., None])
        length *= RADIX
    return stages


def _make_order() -> Integers:
    """Which sample each place has before the first stage, first of the real and then of the imaginary parts.

    Pairs of samples are complex numbers; the digits of a pair's number, to the base of 4, are reversed.
    """
    order = np.zeros(1, np.int64)
    while len(order) < FFT // 2:
        order = np.concatenate([RADIX * order + digit for digit in range(RADIX)])
    return np.concatenate((2 * order, 2 * order + 1))


def _make_weights() -> tuple[slice, Integers, NDArray[np.float64]]:
    """The filter bank, in single precision as on a small computer.

    Frequencies fall into 41 groups between the centres of the bands. In group n they count in band n - 1, less the
    higher they are, and in band n, more the higher they are.

    Returns
    -------
    bins : slice
        Frequencies that count.
    first : array, shape (41,)
        The first of them in each group.
    weights : array, shape (2, bins, 1)
        Of each in the lower and in the higher band.
    """
    single = np.float32
    bin_hz = single(0.5) * single(RATE_HZ) / single(FFT // 2)
    low, high = _mels(np.array([LOW_HZ, HIGH_HZ], single))
    centres = low + (high - low) / single(BANDS + 1) * np.arange(1, BANDS + 2, dtype=single)
    edges = np.concatenate(([low], centres))
    begin = int(1.5 + LOW_HZ / bin_hz)
    mels = _mels(np.arange(begin, FFT // 2 + 1, dtype=single) * bin_hz)
    groups = np.searchsorted(centres, mels, side="left")
    mels, groups = mels[groups <= BANDS], groups[groups <= BANDS]
    shares = (centres[groups] - mels) / (centres[groups] - edges[groups])
    weights = np.floor(np.stack((shares, single(1) - shares)) * single(1 << WEIGHT_BITS) + single(0.5))
    return (
        slice(begin, begin + len(groups)),
        np.searchsorted(groups, np.arange(BANDS + 1)),
        weights[..., None].astype(np.float64),
    )


def _mels(hz: Floats) -> Floats:
    mels: Floats = np.float32(1127) * np.log1p(hz / np.float32(700))
    return mels


_PHASES = np.float32(2 * np.pi) / np.float32(FRAME) * (np.arange(FRAME, dtype=np.float32) + np.float32(0.5))
_WINDOW = np.floor((np.float32(0.5) - np.float32(0.5) * np.cos(_PHASES)) * (1 << WINDOW_BITS) + 0.5).astype(np.int32)[
    :, None
]
_ORDER = _make_order()
_STAGES = _make_stages()
_TURNS = _turns(-np.pi * (np.arange(1, FFT // 4 + 1) / (FFT // 2) + 0.5))[..., None]
_BINS, _FIRST, _WEIGHTS = _make_weights()
