"""Effective bandwidth: the highest frequency at which a recording holds sound.

A file of 48 kHz may have been made from sound of 8 kHz, or by a coder that removes high frequencies. Its bandwidth is
then lower than half of its rate.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Doubles

__all__ = ["effective_bandwidth_hz", "quantisation_step", "sufficient_rate_hz"]

STEPS = {"PCM_S8": 2.0**-7, "PCM_U8": 2.0**-7, "PCM_24": 2.0**-23, "PCM_32": 2.0**-31}
COMPANDED = 2.0**-5  # the coarsest steps of A-law and µ-law, near full scale
MARGIN = 10 ** (6 / 10)  # over quantisation noise
DEEPEST = 10 ** (-80 / 10)  # below the loudest third of an octave
THIRD_OCTAVE = 2 ** (1 / 6)  # ratio of its upper edge to its middle
SMOOTHED = 5  # bins
BELOW, BEYOND = (0.85, 0.97), 1.08  # of the frequency of a cliff: where its top is, and from where its foot is
STEEP, FOOT = 10 ** (35 / 10), 10 ** (6 / 10)  # power
FIRST_CLIFF = 134  # bin; the top then has 16 bins
RATES_HZ = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000)
NEARLY = 0.97  # of half of such a rate: filters need a transition band
CLEAR = 0.85  # of half of the rate; a recorder's own filter removes what is above


def quantisation_step(subtype: str) -> float:
    """Quantisation step of a sample format, as a share of full scale, by libsndfile's name of the format.

    Floating point and coders without steps count as 16 bits, from which most such files are made.
    """
    return COMPANDED if subtype in ("ULAW", "ALAW") else STEPS.get(subtype, 2.0**-15)


def effective_bandwidth_hz(power: Doubles, rate_hz: int, subtype: str) -> float:
    """The highest frequency at which there is more than the file's own noise.

    This is the highest frequency at which the mean power, smoothed over five bins, is

    - 6 dB above the noise of quantisation with triangular dither (Lipshitz et al., 1992), which is
      ``step ** 2 / 4``, evenly spread up to half of the rate; coded sound and floating point have no such noise;
    - and above -80 dB relative to the loudest third of an octave, so that what a resampler's filter lets through does
      not count. Faint sound beside much louder sound does not count either.

    If the power falls off a cliff below that frequency, the bandwidth is the foot of the cliff: a cliff is where
    everything more than 8 % above a frequency is at least 35 dB below the median of what is 3 to 15 % below it.
    Resamplers and coders make such cliffs, microphones and animals do not. The search starts at the 134th bin, from
    where no single tone can make that median.

    Parameters
    ----------
    power : array, shape (bins,)
        Mean power of Hann-windowed frames, from 0 to half of the rate; a sine of full scale has power 1.
    rate_hz : int
    subtype : str
        Libsndfile's name of the sample format, such as ``PCM_16``.

    Returns
    -------
    float
        In hertz; 0 where there is no sound.
    """
    bins = len(power)
    # A sine of power 1/2 is scaled to 1. A Hann window passes 1.5 bins of noise; a bin is 1 / (bins - 1) of the band.
    density = power / 2 / 1.5 * (bins - 1)  # power of the whole band, if every bin were like this one
    density[0] = 0  # direct current is not sound
    padded = np.pad(density, SMOOTHED // 2, mode="edge")
    smooth = np.convolve(padded, np.ones(SMOOTHED) / SMOOTHED, mode="valid")
    sums = np.append(0.0, np.cumsum(smooth))
    middles = np.arange(1, bins)
    low = np.floor(middles / THIRD_OCTAVE).astype(int)
    high = np.minimum(np.ceil(middles * THIRD_OCTAVE).astype(int) + 1, bins)
    loudest = float(((sums[high] - sums[low]) / (high - low)).max())
    quantised = quantisation_step(subtype) ** 2 / 4 if subtype.startswith("PCM_") else 0.0
    above_noise = np.flatnonzero(smooth > max(MARGIN * quantised, DEEPEST * loudest))
    if loudest == 0 or not len(above_noise):
        return 0.0
    foot = _cliff(smooth)
    last = int(above_noise[-1]) if foot is None else min(foot, int(above_noise[-1]))
    return last / (bins - 1) * rate_hz / 2


def _cliff(smooth: Doubles) -> int | None:
    """The bin of the foot of the lowest cliff, if there is one."""
    highest_from = np.maximum.accumulate(smooth[::-1])[::-1]
    for edge in range(FIRST_CLIFF, int(len(smooth) / BEYOND)):
        below = float(np.median(smooth[round(BELOW[0] * edge) : round(BELOW[1] * edge)]))
        above_edge = float(highest_from[round(BEYOND * edge)])
        if below > STEEP * above_edge:
            return int(np.flatnonzero(smooth[: round(BEYOND * edge) + 1] > FOOT * above_edge)[-1])
    return None


def sufficient_rate_hz(bandwidth_hz: float, rate_hz: int) -> int | None:
    """The lowest usual rate that holds all sound of a recording, if it is clearly lower than the recording's own."""
    if not 0 < bandwidth_hz < CLEAR * rate_hz / 2:
        return None
    fits = (rate for rate in RATES_HZ if NEARLY * bandwidth_hz <= rate / 2)
    return next((rate for rate in fits if rate < rate_hz), None)
