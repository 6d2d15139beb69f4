"""Front ends of every kind, and sounds and matrices for them."""

import librosa
import numpy as np

from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird.models.frontends.mfcc import MfccSettings
from whipbird.models.frontends.raw import RawSettings
from whipbird.models.frontends.stft import StftSettings
from whipbird_train.frontend_matrices import build_frontend, make_matrices

RATE_HZ = 16_000
# The window shorter than the transform, as in the shipped models, and the lengths of the Speech Commands papers.
SIZES = [{"frame": 480, "step": 160, "fft": 512}, {"frame": 256, "step": 128, "fft": 256}]
MEL = {"bands": 40, "low_hz": 20.0, "high_hz": 8000.0}
KINDS = [
    RawSettings(),
    StftSettings(**SIZES[0]),
    LogMelSettings(**SIZES[0], **MEL),
    MfccSettings(**SIZES[0], **MEL, coefficients=13),
]


def made(frontend_settings):
    return build_frontend(frontend_settings, RATE_HZ)


def sweep():
    """Two seconds of a tone that rises through all bands and fades, over faint noise."""
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    tone = librosa.chirp(fmin=60, fmax=7500, sr=RATE_HZ, duration=2) * np.geomspace(0.8, 0.01, len(time_s))
    return (tone + np.random.default_rng(1).normal(0, 1e-3, len(time_s))).astype(np.float32)


def matrices(**changes):
    found = make_matrices(KINDS[3], RATE_HZ) | changes
    return {name: matrix for name, matrix in found.items() if matrix is not None}
