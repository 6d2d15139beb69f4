"""What people write on the command line, as values: moments, channels, time zones."""

from __future__ import annotations

import math
import re
from datetime import tzinfo

import typer

from stream.metadata import zones

__all__ = ["channel_number", "moment_s", "zone_named"]

CLOCK = re.compile(r"(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>\d+(?:\.\d*)?)")


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


def channel_number(text: str) -> int | None:
    """A channel, counted from 1; None for the mean of all."""
    if text == "mix":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise typer.BadParameter(f"channel {text!r}: give a number from 1, or mix")
    return int(text)


def zone_named(text: str | None) -> tzinfo | None:
    """The time zone of that name or offset."""
    try:
        return None if text is None else zones.time_zone(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
