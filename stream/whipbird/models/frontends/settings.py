"""Settings of the front ends, part of a model card."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from whipbird.system.strict import Strict

__all__ = ["FrontEndSettings", "LogMelSettings", "MfccSettings", "RawSettings", "StftSettings"]


class RawSettings(Strict):
    """The samples themselves."""

    kind: Literal["raw"] = "raw"


class Stft(Strict):
    frame: int = Field(ge=1, description="samples under the analysis window")
    step: int = Field(ge=1, description="samples from one frame to the next")
    fft: int = Field(ge=2, description="length of the transform; the window is zero-padded to it")

    @model_validator(mode="after")
    def _fits(self) -> Stft:
        if self.frame > self.fft or self.step > self.fft:
            raise ValueError(f"frame ({self.frame}) and step ({self.step}) must not exceed fft ({self.fft})")
        return self


class Mel(Stft):
    bands: int = Field(ge=1, description="mel bands")
    low_hz: float = Field(ge=0)
    high_hz: float = Field(gt=0)
    floor: float = Field(default=1e-10, gt=0, description="least power; 1e-10 is -100 dB")

    @model_validator(mode="after")
    def _ordered(self) -> Mel:
        if self.low_hz >= self.high_hz:
            raise ValueError(f"low_hz ({self.low_hz}) must be lower than high_hz ({self.high_hz})")
        return self


class StftSettings(Stft):
    """Magnitude of the short-time Fourier transform."""

    kind: Literal["stft"] = "stft"


class LogMelSettings(Mel):
    """Powers in mel bands, in decibels."""

    kind: Literal["log_mel"] = "log_mel"


class MfccSettings(Mel):
    """Mel-frequency cepstral coefficients."""

    kind: Literal["mfcc"] = "mfcc"
    coefficients: int = Field(ge=1)

    @model_validator(mode="after")
    def _at_most_the_bands(self) -> MfccSettings:
        if self.coefficients > self.bands:
            raise ValueError(f"{self.coefficients} coefficients cannot come from {self.bands} bands")
        return self


FrontEndSettings = RawSettings | StftSettings | LogMelSettings | MfccSettings
