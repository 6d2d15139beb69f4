"""Moments and views of a recording, as people write them on the command line."""

from __future__ import annotations

import math
import re
from enum import StrEnum

import typer

__all__ = ["View", "moment_s"]

CLOCK = re.compile(r"(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>\d+(?:\.\d*)?)")


class View(StrEnum):
    """What a picture shows."""

    WAVEFORM = "waveform"
    SPECTRUM = "spectrum"
    STFT = "stft"
    MEL = "mel"
    MFCC = "mfcc"


def moment_s(text: str | None, option: str) -> float | None:
    """Seconds, ``m:ss`` or ``h:mm:ss``, with fractions, as seconds."""
    if text is None:
        return None
    if match := CLOCK.fullmatch(text):
        return 3600 * int(match["hours"] or 0) + 60 * int(match["minutes"]) + float(match["seconds"])
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise typer.BadParameter(f"{option} {text!r}: give seconds or hours:minutes:seconds, such as 90 or 0:01:30")
    return seconds
