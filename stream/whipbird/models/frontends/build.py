"""Make the front end that settings ask for."""

from __future__ import annotations

from collections.abc import Mapping

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.raw import RawFrames
from whipbird.models.frontends.settings import FrontEndSettings, RawSettings
from whipbird.models.frontends.spectral import LogMel, Mfcc, StftMagnitude

__all__ = ["make_frontend"]


def make_frontend(settings: FrontEndSettings, matrices: Mapping[str, Floats]) -> FrontEnd:
    """A front end as a card asks for it.

    Raises
    ------
    ValueError
        If the matrices are not those of the card.
    """
    if isinstance(settings, RawSettings):
        return RawFrames()
    frontend: FrontEnd
    if settings.kind == "stft":
        frontend, width = StftMagnitude(settings.step, matrices), settings.fft // 2 + 1
    elif settings.kind == "log_mel":
        frontend, width = LogMel(settings.step, matrices, settings.floor), settings.bands
    else:
        frontend, width = Mfcc(settings.step, matrices, settings.floor), settings.coefficients
    if (frontend.frame, frontend.width) != (settings.fft, width):
        raise ValueError(
            f"made for frames of {frontend.frame} samples and {frontend.width} numbers, "
            f"the card says {settings.fft} and {width}"
        )
    return frontend
