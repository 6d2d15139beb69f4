"""The style of figures: colours, sizes of text, frames, spectrograms.

Colour-blind readers can tell the colours apart, and so can readers of a grey print. matplotlib is imported by those who
draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "GRID",
    "INK",
    "LEVELS",
    "ORANGE",
    "PALE",
    "SMALL",
    "TEXT",
    "TITLE",
    "calm",
    "colour_bar",
    "save_figure",
    "show_levels",
]

BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"  # Okabe and Ito's
PALE, GREY, GRID, INK = "#9ecae1", "#8a8f98", "#e4e7eb", "#22262c"
LEVELS = "magma"  # colour map of spectrograms
TITLE, TEXT, SMALL = 11, 9, 8  # points
DPI = 150


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, 150 dots per inch."""
    figure.savefig(path, dpi=DPI, format="png", facecolor="white")


def calm(axes: Axes, spines: Sequence[str] = (), labels_pt: float = TEXT) -> None:
    """Small ticks without marks, and no frame but the sides that are named."""
    axes.tick_params(which="both", length=0, labelsize=labels_pt, labelcolor=INK, color=GREY)
    for side, spine in axes.spines.items():
        spine.set_visible(side in spines)
        spine.set_color(GREY)


def show_levels(axes: Axes, levels_db: NDArray[np.floating], seconds: float, top: float, range_db: float) -> AxesImage:
    """Draw a spectrogram, shape (bands, frames), in decibels of which 0 is the brightest.

    Parameters
    ----------
    seconds, top : float
        Ends of the axes.
    range_db : float
        How far below 0 is the darkest.
    """
    return axes.imshow(
        levels_db, origin="lower", aspect="auto", interpolation="nearest", extent=(0, seconds, 0, top), cmap=LEVELS,
        vmin=-range_db, vmax=0,
    )  # fmt: skip


def colour_bar(figure: Figure, image: AxesImage, panels: Any, title: str, shrink: float) -> Axes:
    """Say what the colours of an image mean, beside its panels."""
    bar = figure.colorbar(image, ax=panels, shrink=shrink, aspect=30, pad=0.02)
    bar.set_label(title, fontsize=TEXT, color=INK)
    bar.outline.set_visible(False)
    calm(bar.ax)
    return bar.ax
