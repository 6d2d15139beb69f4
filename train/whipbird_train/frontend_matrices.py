"""Constant matrices of the front ends, computed with librosa, so that the runtime does not need it.

A bundle contains them as ``frontend.npz``; `whipbird.models.frontends.spectral` documents how each is used.
"""

from __future__ import annotations

import librosa
import numpy as np
from scipy.fft import dct

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.build import FrontEndSettings, make_frontend
from whipbird.models.frontends.spectral import SpectralSettings

__all__ = ["build_frontend", "make_matrices"]


def make_matrices(settings: FrontEndSettings, sample_rate_hz: int) -> dict[str, Floats]:
    """Matrices of a front end: ``window`` (fft,), ``mel`` (bands, fft / 2 + 1) and ``dct`` (coefficients, bands)."""
    matrices: dict[str, Floats] = {}
    if not isinstance(settings, SpectralSettings):
        return matrices
    window = librosa.filters.get_window("hann", settings.frame, fftbins=True)
    matrices["window"] = librosa.util.pad_center(window, size=settings.fft).astype(np.float32)
    if settings.kind in ("log_mel", "mfcc"):
        matrices["mel"] = librosa.filters.mel(
            sr=sample_rate_hz,
            n_fft=settings.fft,
            n_mels=settings.bands,
            fmin=settings.low_hz,
            fmax=settings.high_hz,
        )
    if settings.kind == "mfcc":
        identity = np.eye(settings.bands)
        matrices["dct"] = dct(identity, axis=0, norm="ortho")[: settings.coefficients].astype(np.float32)
    return matrices


def build_frontend(settings: FrontEndSettings, sample_rate_hz: int) -> FrontEnd:
    """Build the runtime's front end with matrices made here."""
    return make_frontend(settings, make_matrices(settings, sample_rate_hz))
