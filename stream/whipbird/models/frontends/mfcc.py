"""Front end of mel-frequency cepstral coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from whipbird.arrays import Floats
from whipbird.models.frontends.log_mel import LogMel
from whipbird.models.frontends.spectral import MelSettings, WeightedSums, checked, matrix_of

__all__ = ["Mfcc", "MfccSettings", "make"]


class MfccSettings(MelSettings):
    """Mel-frequency cepstral coefficients."""

    kind: Literal["mfcc"] = "mfcc"
    coefficients: int = Field(ge=1)

    @model_validator(mode="after")
    def _at_most_the_bands(self) -> MfccSettings:
        if self.coefficients > self.bands:
            raise ValueError(f"coefficients ({self.coefficients}) must not exceed bands ({self.bands})")
        return self


class Mfcc(LogMel):
    """Mel-frequency cepstral coefficients.

    librosa clips its decibels 80 below the loudest frame of the whole file before the cosine transform. The loudest
    frame of a stream is not known, so nothing is clipped here, as in ``mfcc(S=power_to_db(mel, top_db=None))``.

    Parameters
    ----------
    settings, matrices
        As for `LogMel`; ``matrices`` also holds ``dct``, shape (coefficients, bands).
    """

    def __init__(self, settings: MelSettings, matrices: Mapping[str, Floats]) -> None:
        dct = matrix_of(matrices, "dct", 2)
        super().__init__(settings, matrices, width=dct.shape[0])
        if dct.shape[1] != len(self._mel):
            raise ValueError(f"cosine transform of {dct.shape[1]} bands, but there are {len(self._mel)}")
        self._dct = WeightedSums(dct)

    def transform(self, frames: Floats) -> Floats:
        return self._dct.of(super().transform(frames))


def make(settings: MfccSettings, matrices: Mapping[str, Floats]) -> Mfcc:
    """A new front end; raises ValueError if the matrices do not fit the settings."""
    return checked(Mfcc(settings, matrices), settings.samples, settings.coefficients)
