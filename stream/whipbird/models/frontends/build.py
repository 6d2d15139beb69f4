"""Registry of front ends: their kinds, and how the settings of a card become a front end.

A new kind is a module with settings of its own ``kind`` and a function ``make``; both are listed here. A front end that
consists of networks gets these as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from whipbird.arrays import Floats
from whipbird.models.frontends import log_mel, mfcc, micro, raw, stft, window_stft
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.speech_embedding import SpeechEmbedding, SpeechEmbeddingSettings, SpeechNetworks

__all__ = ["FrontEndSettings", "make_frontend"]

FrontEndSettings = (
    raw.RawSettings
    | stft.StftSettings
    | log_mel.LogMelSettings
    | mfcc.MfccSettings
    | micro.MicroSettings
    | SpeechEmbeddingSettings
    | window_stft.WindowStftSettings
)

MAKERS: dict[str, Callable[[Any, Mapping[str, Floats]], FrontEnd]] = {
    "raw": raw.make,
    "stft": stft.make,
    "log_mel": log_mel.make,
    "mfcc": mfcc.make,
    "micro": micro.make,
    "window_stft": window_stft.make,
}


def make_frontend(
    settings: FrontEndSettings, matrices: Mapping[str, Floats], networks: SpeechNetworks | None = None
) -> FrontEnd:
    """A new front end from the settings of a card.

    Raises
    ------
    ValueError
        If the matrices do not fit the settings, or networks are missing.
    """
    if isinstance(settings, SpeechEmbeddingSettings):
        if networks is None:
            raise ValueError("this front end consists of networks")
        return SpeechEmbedding(networks)
    return MAKERS[settings.kind](settings, matrices)
