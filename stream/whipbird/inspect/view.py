"""Names of the views of a recording."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["View"]


class View(StrEnum):
    """A view of a recording, by its name on the command line."""

    WAVEFORM = "waveform"
    SPECTRUM = "spectrum"
    STFT = "stft"
    MEL = "mel"
    MFCC = "mfcc"
