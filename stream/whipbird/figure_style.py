"""Style of figures: colours, sizes of text, axes, and PNG files.

The colours are those of Okabe and Ito, which colour-blind readers can distinguish. matplotlib (extra ``inspect``) is
imported only when a figure is drawn.
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
    "colour_bar",
    "grid",
    "hide_frame",
    "new_figure",
    "png",
    "save_figure",
    "show_levels",
    "write_names",
]

BLUE, GREEN, ORANGE = "#0072b2", "#009e73", "#d55e00"
SERIES = (BLUE, "#e69f00", GREEN, "#cc79a7", "#56b4e9", ORANGE, "#f0e442")
"""Colours of adjacent bars and lines, in this order."""
PALE_BLUE, GREY = "#9ecae1", "#8a8f98"
GRID, INK = "#e4e7eb", "#22262c"  # lines of the grid, and text
COLOUR_MAP = "magma"  # for levels in decibels
TITLE, TEXT, SMALL = 11, 9, 8  # points
LINE = 0.6  # width of grid lines, in points
DPI, PAGE_DPI = 120, 150  # dots per inch; the second is for figures on pages and in reports
PNG = b"\x89PNG\r\n\x1a\n"  # the first bytes of PNG files


def new_figure(size_in: tuple[float, float]) -> Figure:
    """An empty figure, width and height in inches, with automatic layout."""
    from matplotlib.figure import Figure

    return Figure(figsize=size_in, layout="constrained")


def write_names(axes: Axes, title: str, x: str, y: str, title_pt: float = TEXT) -> None:
    """Set the title and the labels of both axes and style their numbers; a title may hold any characters."""
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
    """The bytes of a PNG file of a figure, with 120 dots per inch and, if given, the title in the metadata."""
    data = io.BytesIO()
    metadata = None if title is None else {"Title": title}
    figure.savefig(data, dpi=DPI, format="png", facecolor="white", metadata=metadata)
    return data.getvalue()


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG with 150 dots per inch."""
    figure.savefig(path, dpi=PAGE_DPI, format="png", facecolor="white")


def hide_frame(axes: Axes, shown: Sequence[str] = (), labels_pt: float = TEXT) -> None:
    """Remove tick marks, and all sides of the frame except those that are named."""
    axes.tick_params(which="both", length=0, labelsize=labels_pt, labelcolor=INK, color=GREY)
    for side, spine in axes.spines.items():
        spine.set_visible(side in shown)
        spine.set_color(GREY)


def show_levels(axes: Axes, levels_db: Reals, seconds: float, top: float, range_db: float) -> AxesImage:
    """Draw a spectrogram, shape (bands, frames), in decibels; 0 dB is the brightest.

    Parameters
    ----------
    seconds, top : float
        Upper ends of the axes of time and of frequency.
    range_db : float
        Decibels from the darkest to the brightest.
    """
    return axes.imshow(
        levels_db, origin="lower", aspect="auto", interpolation="nearest", extent=(0, seconds, 0, top),
        cmap=COLOUR_MAP, vmin=-range_db, vmax=0,
    )  # fmt: skip


def colour_bar(figure: Figure, image: AxesImage, panels: Any, title: str, shrink: float) -> Axes:
    """Draw a colour bar beside the panels of an image."""
    bar = figure.colorbar(image, ax=panels, shrink=shrink, aspect=30, pad=0.02)
    bar.set_label(title, fontsize=TEXT, color=INK)
    bar.outline.set_visible(False)
    hide_frame(bar.ax)
    return bar.ax
