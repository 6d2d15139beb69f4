"""Views of a sound as arrays: decibels, mel bands and cepstral coefficients from powers.

Mel bands and coefficients are computed from the columns of the spectrogram, so they also show the loudest of the frames
in a column. librosa computes them (extra ``inspect``).
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Reals
from whipbird.measures.spectra import Spectra

__all__ = ["RANGE_DB", "decibels", "mel_bands", "mfcc"]


RANGE_DB = 80.0  # below the loudest point of a picture
SILENCE = 1e-16  # power: -160 dB
MEL_BANDS = 128
BINS_PER_BAND = 4  # least; with fewer, low bands would be empty
COEFFICIENTS = 20


def decibels(power: Reals) -> Reals:
    """Power in decibels, down to 80 dB below its highest."""
    levels: Reals = 10 * np.log10(np.maximum(power, SILENCE))
    floored: Reals = np.maximum(levels, levels.max() - RANGE_DB)
    return floored


def mel_bands(spectra: Spectra) -> Reals:
    """Power in mel bands, shape (bands, columns): 128, or a quarter of the bins if these are few.

    The bands are triangles of height 1 on Slaney's mel scale, from 0 to half of the rate.
    """
    import librosa

    power = spectra.spectrogram()
    bands = min(MEL_BANDS, len(power) // BINS_PER_BAND)
    mel: Reals = librosa.feature.melspectrogram(S=power, sr=spectra.rate_hz, n_mels=bands, norm=None)
    return mel


def mfcc(spectra: Spectra) -> Reals:
    """Mel-frequency cepstral coefficients 0 to 19, shape (coefficients, columns)."""
    import librosa

    mel_db = decibels(mel_bands(spectra))
    coefficients: Reals = librosa.feature.mfcc(S=mel_db, n_mfcc=min(COEFFICIENTS, len(mel_db)))
    return coefficients
