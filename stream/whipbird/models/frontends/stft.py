"""Front end of magnitudes of the short-time Fourier transform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.spectral import SpectralSettings, checked, matrix_of

__all__ = ["StftMagnitude", "StftSettings", "make"]


class StftSettings(SpectralSettings):
    """Magnitude of the short-time Fourier transform."""

    kind: Literal["stft"] = "stft"


class StftMagnitude(FrontEnd):
    """Magnitude of the short-time Fourier transform.

    Parameters
    ----------
    step : int
        Samples between frames.
    matrices : mapping
        ``window``, shape (fft,): the analysis window, zero-padded on both sides to the length of the transform.
    preemphasis : float
        Share of the sample before that is subtracted from each sample; then a frame starts one sample earlier.
    """

    def __init__(
        self, step: int, matrices: Mapping[str, Floats], width: int | None = None, preemphasis: float = 0.0
    ) -> None:
        self._window = matrix_of(matrices, "window", 1)
        self._fft = len(self._window)
        self._preemphasis = np.float32(preemphasis)
        super().__init__(frame=self._fft + bool(preemphasis), step=step, width=width or self._fft // 2 + 1)

    def _spectrum(self, frames: Floats) -> NDArray[np.complexfloating]:
        if self._preemphasis:
            frames = frames[:, 1:] - self._preemphasis * frames[:, :-1]
        return np.fft.rfft(frames * self._window, axis=-1)

    def transform(self, frames: Floats) -> Floats:
        magnitude: Floats = np.abs(self._spectrum(frames)).astype(np.float32, copy=False)
        return magnitude


def make(settings: StftSettings, matrices: Mapping[str, Floats]) -> StftMagnitude:
    """A new front end; raises ValueError if the matrices do not fit the settings."""
    frontend = StftMagnitude(settings.step, matrices, preemphasis=settings.preemphasis)
    return checked(frontend, settings.samples, settings.fft // 2 + 1)
