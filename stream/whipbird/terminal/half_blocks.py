"""Pictures in a terminal: each cell shows two points, one above the other, as a coloured half block."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style

__all__ = ["LEVELS", "SHADES", "colour_codes", "hertz", "paint"]

LEVELS = 16  # of colour; few, so that neighbouring cells are often equal
SHADES = " ░▒▓█"  # without colours


def colour_codes(console: Console) -> list[str]:
    """Codes that set the colours of a cell's upper half, lower half, or both; empty for a console without colour.

    The order is ``(change * LEVELS + upper) * LEVELS + lower``, where ``change`` is 0 for the upper half, 1
    for the lower one and 2 for both.
    """
    if console.color_system is None or console.no_color or console.legacy_windows:
        return []
    system = COLOR_SYSTEMS[console.color_system]
    colours = _palette()
    uppers, lowers = (
        [style.render("▀", color_system=system).partition("▀")[0] for style in styles]
        for styles in ([Style(color=colour) for colour in colours], [Style(bgcolor=colour) for colour in colours])
    )
    pairs = [(upper, lower) for upper in uppers for lower in lowers]
    return [*(upper for upper, _ in pairs), *(lower for _, lower in pairs), *(upper + lower for upper, lower in pairs)]


def paint(codes: list[str], picture: NDArray[np.integer]) -> list[str]:
    """Paint rows of cells, from the top, from levels 0 to 15, shape (2 * rows, columns); colours stay set after it."""
    cells = picture.astype(int).reshape(len(picture) // 2, 2, -1)
    changed = np.ones(cells.shape, bool)  # from the previous cell
    changed[..., 1:] = cells[..., 1:] != cells[..., :-1]
    change = changed[:, 0] + 2 * changed[:, 1] - 1  # -1 for none
    runs = np.flatnonzero(change >= 0)
    numbers = ((change * LEVELS + cells[:, 0]) * LEVELS + cells[:, 1]).ravel()[runs]
    lengths = np.diff(runs, append=change.size)
    painted = [codes[number] + "▀" * length for number, length in zip(numbers.tolist(), lengths.tolist(), strict=True)]
    ends = np.searchsorted(runs, np.arange(0, change.size + 1, change.shape[1])).tolist()
    return ["".join(painted[start:end]) for start, end in pairwise(ends)]


def _palette() -> list[Color]:
    """Night blue, violet, orange, pale yellow; lightness rises evenly."""
    anchors = np.array(
        [(8, 8, 24), (48, 18, 92), (122, 34, 110), (196, 64, 84), (242, 122, 52), (252, 190, 70), (252, 250, 190)]
    )
    positions = np.linspace(0, len(anchors) - 1, LEVELS)
    channels = [np.interp(positions, np.arange(len(anchors)), anchors[:, c]) for c in range(3)]
    return [Color.from_rgb(*(float(round(value)) for value in colour)) for colour in zip(*channels, strict=True)]


def hertz(frequency_hz: float) -> str:
    """A frequency in up to four characters: ``80``, ``1.2k``, ``12k``."""
    if frequency_hz < 1000:
        return f"{frequency_hz:.0f}"
    return f"{frequency_hz / 1000:.1f}k" if frequency_hz < 9950 else f"{frequency_hz / 1000:.0f}k"
