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
    """Power in mel bands, in decibels, or in what a card makes of these.

    Parameters
    ----------
    settings : MelSettings
    matrices : mapping
        ``window`` as for `StftMagnitude`, and ``mel``, shape (bands, fft / 2 + 1): the filter bank.
    """

    def __init__(self, settings: MelSettings, matrices: Mapping[str, Floats], width: int | None = None) -> None:
        mel = matrix_of(matrices, "mel", 2)
        super().__init__(settings.step, matrices, width or mel.shape[0], settings.preemphasis)
        if mel.shape[1] != self._fft // 2 + 1:
            raise ValueError(f"mel matrix for {mel.shape[1]} bins, but the transform gives {self._fft // 2 + 1}")
        used = np.flatnonzero(mel.any(axis=0))
        self._bins = slice(used[0], used[-1] + 1) if len(used) else slice(0, 1)  # the other bins have no weight
        self._mel = WeightedSums(mel[:, self._bins])
        self._settings, self._floor = settings, np.float32(settings.floor)
        self._multiply = np.float32(10 * settings.multiply)

    def transform(self, frames: Floats) -> Floats:
        settings = self._settings
        spectrum = self._spectrum(frames)[:, self._bins]
        power = spectrum.real**2 + spectrum.imag**2
        if settings.power == 1:
            power = np.sqrt(power)
        bands = self._mel.of(power.astype(np.float32, copy=False))
        powers = bands + self._floor if settings.floor_added else np.maximum(bands, self._floor)
        decibels: Floats = self._multiply * np.log10(powers)
        if settings.add:
            decibels += np.float32(settings.add)
        if settings.lowest is not None or settings.highest is not None:
            decibels = np.clip(decibels, settings.lowest, settings.highest, dtype=np.float32)
        return decibels


def make(settings: LogMelSettings, matrices: Mapping[str, Floats]) -> LogMel:
    """A new front end; raises ValueError if the matrices do not fit the settings."""
    return checked(LogMel(settings, matrices), settings.samples, settings.bands)
