"""Style of live screens: colours, and the scale of level meters."""

from __future__ import annotations

import math

from rich.style import Style

__all__ = ["BAD", "BAR", "BOLD", "DIM", "FOUND", "GOOD", "PLAIN", "QUIETEST_DB", "WARN", "decibels", "meter_share"]

DIM, BOLD, PLAIN = Style(dim=True), Style(bold=True), Style()
GOOD, WARN, BAD = Style(color="green"), Style(color="yellow"), Style(color="red", bold=True)
FOUND, BAR = Style(color="bright_cyan", bold=True), Style(color="cyan")
QUIETEST_DB = -60.0  # left end of a level meter


def decibels(amplitude: float) -> float:
    """An amplitude relative to full scale, in decibels; -99 or more."""
    return max(-99.0, 20 * math.log10(max(amplitude, 1e-5)))


def meter_share(level_db: float) -> float:
    """Share of a meter that a level fills, from 0 to 1."""
    return min(1.0, max(0.0, 1 - level_db / QUIETEST_DB))
