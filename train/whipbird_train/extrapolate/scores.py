"""Scores of completed samples against the real ones, for the missing part only.

R² compares the prediction with the mean over the takes; the signal-to-noise ratio compares the prediction of one take
with silence. Both rate the right spectrum with other phases worse than silence, although it sounds right, because its
error has twice the energy. The log-spectral distance ignores phases.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from whipbird.arrays import Doubles
from whipbird_train.evaluate.intervals import ConfidenceInterval, bootstrap
from whipbird_train.extrapolate.frames import Frames

__all__ = ["log_spectral_distance_db", "mean_over_takes", "r_squared", "snr_db"]

BEST_SNR_DB = 100.0  # upper limit, also for an exact completion, so that the mean is finite
R_SQUARED_DRAWS = 500
RANGE = 1e-6  # lowest power relative to the loudest point of the real sound: -60 dB


def r_squared(real: Doubles, completed: Doubles) -> ConfidenceInterval:
    """Coefficient of determination, as a multi-target regression scores itself in scikit-learn.

    Each position in a take is a target: one minus the ratio of the squared error, summed over takes, to the squared
    distance from the mean of all takes at that position. The score is the mean over positions. 1 is exact, 0 is as good
    as that mean. Several takes are needed: a single take equals its mean, so that the distance is 0 and the score is by
    definition 0 unless the prediction is exact.

    Parameters
    ----------
    real, completed : arrays, shape (takes, missing)

    Returns
    -------
    ConfidenceInterval
        95 % interval by bootstrap over takes. The mean of all takes is not recomputed for each draw: it would be closer
        to the takes drawn, and R² too low. The value is None for a single take.
    """
    if len(real) < 2:
        return ConfidenceInterval(None, None, None)
    samples = real.shape[1]
    rows = np.concatenate(((real - completed) ** 2, (real - real.mean(axis=0)) ** 2), axis=1)
    return bootstrap(rows, lambda drawn: _explained(drawn[:, :samples], drawn[:, samples:]), R_SQUARED_DRAWS)


def snr_db(real: Doubles, completed: Doubles) -> float:
    """Signal-to-noise ratio in dB, at most 100: the energy of the real samples over that of the error.

    Silence has 0 dB. The real samples, shape (missing,), must not all be 0.
    """
    error = float(np.sum((real - completed) ** 2))
    energy = float(np.sum(real**2))
    least = energy * 10 ** (-BEST_SNR_DB / 10)
    return float(10 * np.log10(energy / max(error, least)))


def log_spectral_distance_db(real: Doubles, completed: Doubles, rate_hz: int) -> float:
    """Root mean square difference of spectra in dB, averaged over frames (Gray and Markel 1976).

    The power spectra are of frames of 32 ms, every 8 ms, entirely within the missing part, in dB, with a floor 60 dB
    below the loudest point of the real ones (doi 10.1109/TASSP.1976.1162849). 0 is exact; two takes of a word differ by
    about 8.

    Parameters
    ----------
    real, completed : arrays, shape (missing,)
        At least 32 ms.
    """
    frames = Frames.at(rate_hz)
    power = [np.abs(frames.stft(sound, whole=True)) ** 2 for sound in (real, completed)]
    floor = max(float(power[0].max()) * RANGE, np.finfo(float).tiny)
    levels = [10 * np.log10(np.maximum(each, floor)) for each in power]
    return float(np.sqrt(np.mean((levels[0] - levels[1]) ** 2, axis=0)).mean())


def mean_over_takes(scores: ArrayLike) -> ConfidenceInterval:
    """Mean of a score over takes, with its 95 % interval by bootstrap over takes."""
    return bootstrap(np.asarray(scores)[:, np.newaxis], np.mean)


def _explained(errors: Doubles, distances: Doubles) -> float:
    """R² from squared errors and squared distances from the mean, shape (takes, missing)."""
    error, distance = errors.sum(axis=0), distances.sum(axis=0)
    by_definition = np.where(error > 0, 0.0, 1.0)  # where all takes are equal
    return float(np.where(distance > 0, 1 - error / np.where(distance > 0, distance, 1), by_definition).mean())
