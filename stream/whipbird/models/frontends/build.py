"""The registry of front ends: which kinds there are, and how a card's settings become one.

A new kind is a module with its settings, which have their own ``kind``, and a function ``make``; it is listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from whipbird.arrays import Floats
from whipbird.models.frontends import log_mel, mfcc, raw, stft
from whipbird.models.frontends.base import FrontEnd

__all__ = ["FrontEndSettings", "make_frontend"]

FrontEndSettings = raw.RawSettings | stft.StftSettings | log_mel.LogMelSettings | mfcc.MfccSettings

MAKERS: dict[str, Callable[[Any, Mapping[str, Floats]], FrontEnd]] = {
    "raw": raw.make,
    "stft": stft.make,
    "log_mel": log_mel.make,
    "mfcc": mfcc.make,
}


def make_frontend(settings: FrontEndSettings, matrices: Mapping[str, Floats]) -> FrontEnd:
    """The front end that a card asks for.

    Raises
    ------
    ValueError
        If the matrices are not those of the card.
    """
    return MAKERS[settings.kind](settings, matrices)
