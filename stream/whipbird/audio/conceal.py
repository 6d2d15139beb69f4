"""Concealment: fill a gap with sound that probably was there, by linear prediction from both sides.

The sound before a gap, and the time-reversed sound after it, are each modelled as autoregressive: every sample is a
weighted sum of those before it, plus a new part, the excitation. Burg's method finds the weights [1]_, with a taper
without which the frequencies of tones would come out wrong [2]_. Its models are stable: without excitation, the sound
dies away. So that a voice or a noise does not die away, the excitation continues as well: it repeats itself with the
period at which it most resembles itself, which is the period of the voice where there is one [3]_.

The past is continued forwards and the future backwards, and they are cross-faded with the halves of a raised cosine,
whose weights add up to one. Each side is continued for `REACH_S` at most: in a longer gap, or where the other side is
not known, it fades into silence.

.. [1] J. P. Burg, "Maximum entropy spectral analysis", 37th meeting of the Society of Exploration Geophysicists, 1967.
.. [2] M. Kaveh and G. A. Lippert, "An optimum tapered Burg algorithm for linear prediction and spectral analysis",
   IEEE Transactions on Acoustics, Speech and Signal Processing 31, 1983.
.. [3] E. Gündüzhan and K. Momtahan, "A linear prediction based packet loss concealment algorithm for PCM coded speech",
   IEEE Transactions on Speech and Audio Processing 9, 2001.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Doubles, Floats

__all__ = ["CONTEXT_S", "REACH_S", "conceal"]

CONTEXT_S = 0.03  # sound that is analysed on either side
REACH_S = 0.06  # how far a side is continued
ORDER = 32  # weights of a model
SAMPLES_PER_WEIGHT = 3  # at least: where there are fewer samples, there are fewer weights
FLOOR = 1e-9  # of the power: a noise added to every sound, so that nothing is predicted with certainty
PERIODS_S = (0.0025, 0.015)  # of voices and other periodic sounds
BLOCK = 64  # samples that are computed at once


def conceal(past: Floats, missing: int, future: Floats, rate_hz: int) -> Floats:
    """Sound for a gap.

    Parameters
    ----------
    past, future : array, shape (n,)
        One channel's sound before and after the gap, as far as it is known; `CONTEXT_S` of each is used.
    missing : int
        Samples in the gap.
    rate_hz : int

    Returns
    -------
    array, shape (missing,)
        No sample is louder than the loudest of those that were used.
    """
    context = max(1, round(CONTEXT_S * rate_hz))
    reach = min(missing, round(REACH_S * rate_hz))
    fading = 0.5 + 0.5 * np.cos(np.pi * (np.arange(reach) + 0.5) / max(1, reach))
    filled = np.zeros(missing)
    filled[:reach] += fading * _continued(past[-context:], reach, rate_hz)
    filled[missing - reach :] += fading[::-1] * _continued(future[:context][::-1], reach, rate_hz)[::-1]
    return filled.astype(np.float32)


def _continued(sound: Floats, count: int, rate_hz: int) -> Doubles:
    """Continue a sound by `count` samples, none louder than the loudest of the sound: shape (count,)."""
    peak = float(np.abs(sound).max(initial=0.0))
    order = min(ORDER, len(sound) // SAMPLES_PER_WEIGHT)
    if peak == 0.0 or order == 0:
        return np.zeros(count)
    scaled = sound.astype(np.float64) / peak
    weights = _burg(scaled, order)
    excitation = np.convolve(scaled, weights)[order : len(scaled)]
    repeated = np.resize(excitation[-_period(excitation, rate_hz) :], count)
    following = _synthesised(weights, scaled[-order:], repeated)
    return following * (peak / max(1.0, float(np.abs(following).max(initial=0.0))))


def _burg(sound: Doubles, order: int) -> Doubles:
    """Weights of the filter that reduces a sound to its excitation, shape (order + 1,); the first is 1.

    Reflections are between -1 and 1, whatever the sound, so that the model is stable.
    """
    count = len(sound)
    taper = 1 - np.linspace(-1, 1, count + 2)[1:-1] ** 2
    floor = 2 * FLOOR * float(sound @ sound)
    forward, backward = sound, sound
    weights = np.zeros(order + 1)
    weights[0] = 1.0
    for number in range(1, order + 1):
        ahead, delayed = forward[1:], backward[:-1]
        middle = taper[number // 2 :][: count - number]
        tapered = middle * ahead
        power = float(tapered @ ahead) + float(middle * delayed @ delayed) + floor
        reflection = -2 * float(tapered @ delayed) / power
        forward, backward = ahead + reflection * delayed, delayed + reflection * ahead
        weights[1 : number + 1] += reflection * weights[number - 1 :: -1]
    return weights


def _period(excitation: Doubles, rate_hz: int) -> int:
    """Samples after which the excitation most resembles itself; its whole length if it is too short to find out."""
    shortest, longest = (max(1, round(period_s * rate_hz)) for period_s in PERIODS_S)
    longest = min(longest, len(excitation) // 2)
    if shortest >= longest:
        return len(excitation)
    spectrum = np.fft.rfft(excitation, 1 << (2 * len(excitation) - 1).bit_length())
    likeness = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[shortest : longest + 1]
    energy = np.concatenate(([0.0], np.cumsum(excitation**2)))
    lags = np.arange(shortest, longest + 1)
    both = np.sqrt((energy[-1] - energy[lags]) * energy[-1 - lags])
    return shortest + int(np.argmax(likeness / np.maximum(both, np.finfo(np.float64).tiny)))


def _synthesised(weights: Doubles, before: Doubles, excitation: Doubles) -> Doubles:
    """The samples that follow from an excitation: shape (count,).

    Parameters
    ----------
    weights : array, shape (order + 1,)
    before : array, shape (order,)
        The last samples that are known.
    excitation : array, shape (count,)
    """
    # A block is the model's response to its excitation, less what the samples before it contribute.
    order, count = len(before), len(excitation)
    size = max(order, min(BLOCK, count))
    response = np.zeros(size)
    response[0] = 1.0
    for number in range(1, size):
        known = response[max(0, number - order) : number]
        response[number] = -(weights[1 : len(known) + 1] @ known[::-1])
    rows, columns = np.ogrid[:size, :size]
    respond = np.where(rows >= columns, response[rows - columns], 0.0)
    rows, columns = np.ogrid[:order, :order]
    contribute = np.where(columns >= rows, weights[np.minimum(order, order + rows - columns)], 0.0)
    following = np.concatenate((before, excitation, np.zeros(-count % size)))
    for start in range(order, order + count, size):
        block = following[start : start + size].copy()
        block[:order] -= contribute @ following[start - order : start]
        following[start : start + size] = respond @ block
    return following[order : order + count]
