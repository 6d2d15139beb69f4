"""The band of calls whose bounds are known, and the place of a call in an event that is longer than the call.

In recordings from outdoors, the loudest sound in the window of a model is often another one. The band and the length of
calls that people annotated find the call: it is where their band has most energy over their usual length.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whipbird.arrays import Doubles, Floats

__all__ = ["LOWEST_HZ", "NYQUIST_SHARE", "PlacedCall", "call_band_hz", "loudest_in_band"]

LOWEST_HZ = 100.0
NYQUIST_SHARE = 0.45  # of the rate: the highest frequency of a band
STEPS_PER_OCTAVE = 6
SILENT_DB = -130.0
LOUD_DB = 12.0  # below the loudest: still a part of the call
LOUDER = 2.0  # power of a call's band, relative to the rest of its clip
SHARE = 0.5  # of the calls that have energy at a frequency of the band; or as large as it gets

PlacedCall = tuple[Floats, int, int]
"""A clip, shape (samples,), and start and end of the call in it, in samples."""


def call_band_hz(calls: Sequence[PlacedCall], rate_hz: int) -> tuple[float, float]:
    """The band in which most calls are louder than the rest of their clips."""
    edges = LOWEST_HZ * 2 ** (np.arange(0, 64) / STEPS_PER_OCTAVE)
    edges = edges[edges <= NYQUIST_SHARE * rate_hz]
    excess = np.stack([_excess_db(*one, edges, rate_hz) for one in calls])
    shares = (excess >= np.maximum(excess.max(axis=1, keepdims=True) - LOUD_DB, SILENT_DB)).mean(axis=0)
    used = np.flatnonzero(shares >= min(SHARE, shares.max()))
    return float(edges[used[0]]), float(edges[used[-1] + 1])


def loudest_in_band(
    wave: Floats, rate_hz: int, place: slice, band_hz: tuple[float, float], length: int
) -> tuple[int, int]:
    """Start and end of the span with most energy in a band, in samples.

    Parameters
    ----------
    wave : array, shape (samples,)
    place : slice
        Where the span is; all of it if it is not longer than that.
    length : int
        Of the span.
    """
    first, last, _ = place.indices(len(wave))
    if last - first <= length:
        return first, last
    spectrum, frequencies = np.fft.rfft(wave), np.fft.rfftfreq(len(wave), 1 / rate_hz)
    spectrum[(frequencies < band_hz[0]) | (frequencies > band_hz[1])] = 0
    inside = np.fft.irfft(spectrum, len(wave))[first:last]
    sums = np.concatenate(([0.0], np.cumsum(np.square(inside))))
    begin = first + int(np.argmax(sums[length:] - sums[:-length]))
    return begin, begin + length


def _excess_db(wave: Floats, begin: int, end: int, edges: Doubles, rate_hz: int) -> Doubles:
    """Level of a call between edges of frequency, above that of the rest of its clip: shape (edges - 1,)."""
    inside = _power(wave[begin:end], edges, rate_hz)
    rest = np.concatenate((wave[:begin], wave[end:]))
    outside = _power(rest, edges, rate_hz) if len(rest) >= rate_hz // 10 else np.zeros(len(inside))
    decibels: Doubles = 10 * np.log10(np.where(inside > LOUDER * outside, inside - outside, 0) + 1e-14)
    return decibels


def _power(sound: Floats, edges: Doubles, rate_hz: int) -> Doubles:
    """Mean power between edges of frequency."""
    power = np.square(np.abs(np.fft.rfft(sound))) / max(len(sound), 1) ** 2
    bins = np.searchsorted(np.fft.rfftfreq(len(sound), 1 / rate_hz), edges)
    sums = np.concatenate(([0.0], np.cumsum(power)))
    found: Doubles = sums[bins[1:]] - sums[bins[:-1]]
    return found
