"""Moments and views of a recording, as people write them on the command line."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["View"]


class View(StrEnum):
    """What a picture shows."""

    WAVEFORM = "waveform"
    SPECTRUM = "spectrum"
    STFT = "stft"
    MEL = "mel"
    MFCC = "mfcc"
