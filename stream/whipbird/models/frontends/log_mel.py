"""Front end of powers in mel bands, in decibels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.frontends.spectral import MelSettings, WeightedSums, checked, matrix_of
from whipbird.models.frontends.stft import StftMagnitude

__all__ = ["LogMel", "LogMelSettings", "make"]


class LogMelSettings(MelSettings):
    """Powers in mel bands, in decibels."""

    kind: Literal["log_mel"] = "log_mel"


class LogMel(StftMagnitude):
    """Power in mel bands, in decibels.

    Parameters
    ----------
    step : int
        Samples between frames.
    matrices : mapping
        ``window`` as for `StftMagnitude`, and ``mel``, shape (bands, fft / 2 + 1): the filter bank.
    floor : float
        Lower limit of the power, so that silence has a logarithm; 1e-10 is -100 dB.
    """

    def __init__(
        self, step: int, matrices: Mapping[str, Floats], floor: float = 1e-10, width: int | None = None
    ) -> None:
        mel = matrix_of(matrices, "mel", 2)
        super().__init__(step, matrices, width=width or mel.shape[0])
        if mel.shape[1] != self._fft // 2 + 1:
            raise ValueError(f"mel matrix for {mel.shape[1]} bins, but the transform gives {self._fft // 2 + 1}")
        used = np.flatnonzero(mel.any(axis=0))
        self._bins = slice(used[0], used[-1] + 1) if len(used) else slice(0, 1)  # the other bins have no weight
        self._mel = WeightedSums(mel[:, self._bins])
        self._floor = np.float32(floor)

    def transform(self, frames: Floats) -> Floats:
        spectrum = self._spectrum(frames)[:, self._bins]
        power = spectrum.real**2 + spectrum.imag**2
        bands = self._mel.of(power.astype(np.float32, copy=False))
        decibels: Floats = np.float32(10) * np.log10(np.maximum(bands, self._floor))
        return decibels


def make(settings: LogMelSettings, matrices: Mapping[str, Floats]) -> LogMel:
    """A new front end; raises ValueError if the matrices do not fit the settings."""
    return checked(LogMel(settings.step, matrices, settings.floor), settings.fft, settings.bands)
