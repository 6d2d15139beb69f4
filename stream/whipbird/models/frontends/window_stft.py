"""Front end of the magnitudes of each window by itself, between 0 and 1.

Other spectral front ends compute each frame of a stream once, whatever windows it is in. Here a window is transformed
alone, with silence before and after it, and its magnitudes are scaled from its softest to its loudest. So the frames of
two windows have nothing in common; as with raw samples, windows may come at any interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import Field, model_validator

from whipbird.arrays import Floats
from whipbird.models.frontends.raw import RawFrames
from whipbird.system.strict import Strict

__all__ = ["WindowStft", "WindowStftSettings", "make"]

LEAST_RANGE = 1e-10  # so that silence can be divided by


class WindowStftSettings(Strict):
    """Magnitudes of the short-time Fourier transform of each window, scaled to 0 to 1; a frame is a sample."""

    kind: Literal["window_stft"] = "window_stft"
    samples: int = Field(ge=1, le=10_000_000, description="samples in a window")
    fft: int = Field(ge=2, description="length of the transform; the window of each column is a periodic Hann window")
    hop: int = Field(ge=1, description="samples from one column to the next; the first is centred on the first sample")
    columns: int = Field(ge=1, description="columns of the transform; others are left out")
    bins: int | None = Field(default=None, ge=1, description="bins of the transform, from the lowest; all by default")

    @model_validator(mode="after")
    def _fits(self) -> WindowStftSettings:
        if (self.columns - 1) * self.hop > self.samples:
            raise ValueError(f"{self.columns} columns with a hop of {self.hop} do not fit {self.samples} samples")
        if self.bins is not None and self.bins > self.fft // 2 + 1:
            raise ValueError(f"bins ({self.bins}) must not exceed fft / 2 + 1 ({self.fft // 2 + 1})")
        return self

    @property
    def step(self) -> int:
        """Samples from one frame to the next."""
        return 1


class WindowStft(RawFrames):
    """Magnitudes of windows.

    Parameters
    ----------
    settings : WindowStftSettings
    """

    def __init__(self, settings: WindowStftSettings) -> None:
        super().__init__()
        self._settings = settings
        turn = 2 * np.pi * np.arange(settings.fft) / settings.fft
        self._window = (0.5 - 0.5 * np.cos(turn)).astype(np.float32)

    def of_window(self, window: Floats) -> Floats:
        """Magnitudes of a window of samples, shape (samples, 1) to (bins, columns)."""
        settings = self._settings
        padded = np.pad(window[:, 0], settings.fft // 2)
        frames = sliding_window_view(padded, settings.fft)[:: settings.hop][: settings.columns]
        magnitudes = np.abs(np.fft.rfft(frames * self._window, axis=-1)).astype(np.float32)[:, : settings.bins]
        low, high = magnitudes.min(), magnitudes.max()
        scaled: Floats = ((magnitudes - low) / (high - low + np.float32(LEAST_RANGE))).T
        return scaled


def make(settings: WindowStftSettings, matrices: Mapping[str, Floats]) -> WindowStft:
    """A new front end; it needs no matrices."""
    return WindowStft(settings)
