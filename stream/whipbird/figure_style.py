"""The style of figures: their colours and sizes of text, and how they are saved.

Colours are Okabe and Ito's, which colour-blind readers can tell apart. matplotlib (extra ``inspect``) is imported only
by what draws.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from whipbird.arrays import Reals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = [
    "BLUE",
    "COLOUR_MAP",
    "GREEN",
    "GREY",
    "GRID",
    "INK",
    "ORANGE",
    "PALE_BLUE",
    "PNG",
    "SERIES",
    "SMALL",
    "TEXT",
    "TITLE",
    "calm",
    "colour_bar",
    "grid",
    "new_figure",
    "png",
    "save_figure",
    "show_levels",
    "write_names",
]

BLUE, GREEN, ORANGE = "#0072b2", "#009e73", "#d55e00"
SERIES = (BLUE, "#e69f00", GREEN, "#cc79a7", "#56b4e9", ORANGE, "#f0e442")
"""Colours of bars and lines beside each other, in this order."""
PALE_BLUE, GREY = "#9ecae1", "#8a8f98"
GRID, INK = "#e4e7eb", "#22262c"  # lines behind, and text
COLOUR_MAP = "magma"  # of levels in decibels
TITLE, TEXT, SMALL = 11, 9, 8  # points
LINE = 0.6  # points, of the grid
DPI, PAGE_DPI = 120, 150  # dots per inch, the latter of figures for pages and reports
PNG = b"\x89PNG\r\n\x1a\n"  # how such files begin


def new_figure(size_in: tuple[float, float]) -> Figure:
    """An empty figure of a width and height in inches, whose parts make room for each other."""
    from matplotlib.figure import Figure

    return Figure(figsize=size_in, layout="constrained")


def write_names(axes: Axes, title: str, x: str, y: str, title_pt: float = TEXT) -> None:
    """Write the title of axes and the names and numbers of both; a title may hold any characters."""
    axes.set_title(title, fontsize=title_pt, color=INK, loc="left", parse_math=False)
    axes.set_xlabel(x, fontsize=TEXT, color=INK)
    axes.set_ylabel(y, fontsize=TEXT, color=INK)
    axes.tick_params(labelsize=SMALL, colors=INK)


def grid(axes: Axes, axis: Literal["both", "x", "y"] = "both") -> None:
    """Draw a grid behind curves or bars, and no frame around them."""
    axes.grid(axis=axis, color=GRID, linewidth=LINE)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def png(figure: Figure, title: str | None = None) -> bytes:
    """A figure as the bytes of a PNG file, 120 dots per inch, with a title for programs if there is one."""
    data = io.BytesIO()
    metadata = None if title is None else {"Title": title}
    figure.savefig(data, dpi=DPI, format="png", facecolor="white", metadata=metadata)
    return data.getvalue()


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, 150 dots per inch."""
    figure.savefig(path, dpi=PAGE_DPI, format="png", facecolor="white")


def calm(axes: Axes, spines: Sequence[str] = (), labels_pt: float = TEXT) -> None:
    """Small ticks without marks, and no frame but the sides that are named."""
    axes.tick_params(which="both", length=0, labelsize=labels_pt, labelcolor=INK, color=GREY)
    for side, spine in axes.spines.items():
        spine.set_visible(side in spines)
        spine.set_color(GREY)


def show_levels(axes: Axes, levels_db: Reals, seconds: float, top: float, range_db: float) -> AxesImage:
    """Draw a spectrogram, shape (bands, frames), in decibels of which 0 is the brightest.

    Parameters
    ----------
    seconds, top : float
        Ends of the axes.
    range_db : float
        How far below 0 is the darkest.
    """
    return axes.imshow(
        levels_db, origin="lower", aspect="auto", interpolation="nearest", extent=(0, seconds, 0, top),
        cmap=COLOUR_MAP, vmin=-range_db, vmax=0,
    )  # fmt: skip


def colour_bar(figure: Figure, image: AxesImage, panels: Any, title: str, shrink: float) -> Axes:
    """Say what the colours of an image mean, beside its panels."""
    bar = figure.colorbar(image, ax=panels, shrink=shrink, aspect=30, pad=0.02)
    bar.set_label(title, fontsize=TEXT, color=INK)
    bar.outline.set_visible(False)
    calm(bar.ax)
    return bar.ax
