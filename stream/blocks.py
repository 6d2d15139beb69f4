"""Colour blocks: how a picture is shown in a terminal, where a cell holds two points, one above the other."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style

__all__ = ["LEVELS", "SHADES", "colour_codes", "hertz", "paint"]

LEVELS = 16  # of a picture's colours: few, so that neighbours are often alike
SHADES = " ░▒▓█"  # where there are no colours


def colour_codes(console: Console) -> list[str]:
    """Codes that set the colours of both halves of a cell, by ``upper * LEVELS + lower``; none without colour."""
    if console.color_system is None or console.no_color:
        return []
    system = COLOR_SYSTEMS[console.color_system]
    colours = _palette()
    styles = [Style(color=upper, bgcolor=lower) for upper in colours for lower in colours]
    return [style.render("▀", color_system=system).partition("▀")[0] for style in styles]


def paint(codes: list[str], upper: NDArray[np.integer], lower: NDArray[np.integer]) -> str:
    """A row of cells from the levels, 0 to 15, of their upper and lower halves; it ends in the last one's colours."""
    pairs = (upper.astype(int) * LEVELS + lower).tolist()
    return "".join(codes[pair] + "▀" * len(list(run)) for pair, run in groupby(pairs))


def _palette() -> list[Color]:
    """Night blue over violet and orange to pale yellow, evenly rising in lightness."""
    anchors = np.array(
        [(8, 8, 24), (48, 18, 92), (122, 34, 110), (196, 64, 84), (242, 122, 52), (252, 190, 70), (252, 250, 190)]
    )
    places = np.linspace(0, len(anchors) - 1, LEVELS)
    channels = [np.interp(places, np.arange(len(anchors)), anchors[:, c]) for c in range(3)]
    return [Color.from_rgb(*(float(round(value)) for value in colour)) for colour in zip(*channels, strict=True)]


def hertz(frequency_hz: float) -> str:
    """At most four characters: ``80``, ``1.2k``, ``12k``."""
    if frequency_hz < 1000:
        return f"{frequency_hz:.0f}"
    return f"{frequency_hz / 1000:.1f}k" if frequency_hz < 9950 else f"{frequency_hz / 1000:.0f}k"
