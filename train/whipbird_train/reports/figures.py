"""Figures of a training: confusion matrix, learning curves, spectrograms of the worst mistakes.

Each function returns a new figure in the style of `whipbird.figure_style`.
"""

from __future__ import annotations

import csv
import logging
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import librosa
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator, PercentFormatter

from whipbird.arrays import Doubles, Floats
from whipbird.figure_style import BLUE, GREY, GRID, INK, ORANGE, SMALL, TEXT, TITLE, colour_bar, hide_frame, show_levels
from whipbird.text import one_line
from whipbird_train.evaluate.clip_results import ClipResults, Mistake

__all__ = [
    "SoundReader",
    "confusion_figure",
    "learning_figure",
    "mel_decibels",
    "mistakes_figure",
    "read_history",
]

SoundReader = Callable[[str], tuple[Floats, int]]
"""Function from a clip's name to its samples, shape (n,), and their rate in Hz."""

log = logging.getLogger(__name__)

CHARACTER_IN = 0.075  # width of a character of TEXT, inches
LONGEST_NAME = 24  # characters of the name of a label or file next to an axis

MEL_BANDS = 64
MEL_FRAME_S, MEL_STEP_S = 0.025, 0.01
MEL_RANGE_DB = 80.0  # range shown below the loudest point of a clip
MEL_TICKS_HZ = (250, 1000, 4000, 16_000)


def confusion_figure(results: ClipResults) -> Figure:
    """Confusion matrix: each cell shows its count, its colour the share of the row; rows are the true labels."""
    counts, size = results.confusion, len(results.labels)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cell = max(0.3 if size > 20 else 0.4, 2.4 / size)  # inches
    side = cell * size
    figure = Figure(figsize=(side + 2.6, side + 1.6), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    size_pt = TEXT if CHARACTER_IN * len(str(counts.max())) < 0.7 * cell else SMALL
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if shares[row, column] > 0.55 else INK
        count = axes.text(column, row, counts[row, column], ha="center", va="center", fontsize=size_pt, color=colour)
        count.set_in_layout(False)  # always inside the matrix, and measuring thousands of texts is slow
    names = [shortened(label) for label in results.labels]
    too_long = CHARACTER_IN * max(map(len, names)) > 0.9 * cell
    slanted = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if too_long else {}
    axes.set_xticks(range(size), names, parse_math=False, **slanted)  # type: ignore[arg-type]
    axes.set_yticks(range(size), names, parse_math=False)
    axes.set_xticks(np.arange(size - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(size - 1) + 0.5, minor=True)
    axes.grid(which="minor", color=GRID, linewidth=0.6)
    hide_frame(axes)
    axes.set_xlabel("label given", fontsize=TEXT, color=INK)
    axes.set_ylabel("true label", fontsize=TEXT, color=INK)
    bar = colour_bar(figure, image, axes, "share of the true label's clips", shrink=0.7)
    bar.yaxis.set_major_formatter(PercentFormatter(1))
    return figure


def read_history(path: Path) -> dict[str, Doubles]:
    """Columns of a run's ``history.csv``, sorted by epoch; missing or invalid values are NaN.

    Rows without an epoch, such as one cut off when a run was interrupted, are left out. If an epoch was repeated, its
    last row counts.
    """
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = list(csv.DictReader(file))
    by_epoch = {epoch: row for row in rows if math.isfinite(epoch := _number(row.get("epoch")))}
    names = [name for name in (rows[0] if rows else ()) if name]
    return {name: np.array([_number(by_epoch[epoch].get(name)) for epoch in sorted(by_epoch)]) for name in names}


def learning_figure(path: Path) -> Figure:
    """Loss and accuracy over the epochs of a ``history.csv``, with a mark at the best validation accuracy."""
    history = read_history(path)
    epochs = history.get("epoch", np.empty(0)) + 1  # numbered from 1 in the figure
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    for axes, measure in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for column, name, colour in ((measure, "training", GREY), (f"val_{measure}", "validation", BLUE)):
            values = history.get(column, np.empty(0))
            if np.isfinite(values).any():
                axes.plot(
                    epochs, values, color=colour, linewidth=1.5, label=name, marker="." if len(values) < 3 else ""
                )
        axes.set_title(measure, fontsize=TITLE, color=INK, loc="left")
        axes.set_xlabel("epoch", fontsize=TEXT, color=INK)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color=GRID, linewidth=0.6)
        hide_frame(axes, ("left", "bottom"))
        if measure == "accuracy":
            axes.yaxis.set_major_formatter(PercentFormatter(1))
            _mark_best(axes, epochs, history.get("val_accuracy", np.empty(0)))
        if axes.lines:
            place = "upper right" if measure == "loss" else "lower right"  # corners that curves rarely cross
            axes.legend(fontsize=TEXT, frameon=False, labelcolor=INK, loc=place)
        else:
            axes.text(0.5, 0.5, "no epoch yet", transform=axes.transAxes, ha="center", color=GREY, fontsize=TEXT)
    return figure


def mistakes_figure(mistakes: Sequence[Mistake], sound: SoundReader) -> Figure:
    """Mel spectrograms of mistakes, in rows of four: decibels relative to the loudest point of each clip.

    The title of each panel gives the true label, the label given, its score, and the file. The panel of a clip that
    cannot be read is empty.
    """
    columns = min(4, max(1, len(mistakes)))
    rows = max(1, math.ceil(len(mistakes) / columns))
    figure = Figure(figsize=(2.7 * columns + 1, 2.3 * rows + 0.2), layout="constrained")
    panels: list[Axes] = list(figure.subplots(rows, columns, squeeze=False).flat)
    image = None
    for axes, mistake in zip(panels, mistakes, strict=False):
        try:
            image = _show_sound(axes, *sound(mistake.name))
        except (OSError, RuntimeError, ValueError) as error:  # libsndfile raises a RuntimeError
            log.warning("no spectrogram of %s: %s", mistake.name, error)
            axes.text(0.5, 0.5, "cannot be read", transform=axes.transAxes, ha="center", color=GREY, fontsize=TEXT)
            axes.set(xticks=(), yticks=())
        title = f"{shortened(mistake.truth, 14)} → {shortened(mistake.chosen, 14)} {mistake.score:.2f}"
        axes.set_title(title, fontsize=TEXT, color=INK, loc="left", pad=15, parse_math=False)
        name = shortened(one_line(Path(mistake.name).name), 34)
        axes.annotate(
            name, (0, 1), (0, 4), "axes fraction", "offset points", fontsize=SMALL, color=GREY, parse_math=False
        )
        hide_frame(axes, labels_pt=SMALL)
    for axes in panels[len(mistakes) :]:
        axes.set_axis_off()
    for number in range(0, len(mistakes), columns):
        panels[number].set_ylabel("frequency (kHz)", fontsize=SMALL, color=INK)
    for number in range(max(0, len(mistakes) - columns), len(mistakes)):
        panels[number].set_xlabel("time (s)", fontsize=SMALL, color=INK)
    if image is not None:
        colour_bar(figure, image, panels, "dB relative to the loudest point", shrink=0.8)
    return figure


def mel_decibels(samples: Floats, rate_hz: int) -> Floats:
    """Mel spectrogram in decibels relative to its loudest point, at least -80: shape (64 bands, frames)."""
    fft = 1 << math.ceil(math.log2(2 * MEL_FRAME_S * rate_hz))  # zero-padded, so that the lowest bands have a bin
    step = round(MEL_STEP_S * rate_hz)
    power = librosa.feature.melspectrogram(
        y=np.pad(samples, (0, max(0, fft - len(samples)))),
        sr=rate_hz,
        n_fft=fft,
        win_length=round(MEL_FRAME_S * rate_hz),
        hop_length=step,
        n_mels=MEL_BANDS,
    )[:, : 1 + len(samples) // step]
    loudest = float(power.max()) or 1.0  # digital silence is drawn dark, not bright
    relative = power / loudest
    return librosa.power_to_db(relative, ref=1.0, amin=10 ** (-MEL_RANGE_DB / 10), top_db=None)


def shortened(text: str, most: int = LONGEST_NAME) -> str:
    """The text; if it is longer than ``most`` characters, its middle is replaced by an ellipsis."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}…{text[len(text) - (most - most // 2 - 1) :]}"


def _show_sound(axes: Axes, samples: Floats, rate_hz: int) -> AxesImage:
    decibels = mel_decibels(samples, rate_hz)
    image = show_levels(axes, decibels, len(samples) / rate_hz, 1, MEL_RANGE_DB)
    ticks_hz = [hz for hz in MEL_TICKS_HZ if hz <= rate_hz / 2]
    top_mel = librosa.hz_to_mel(rate_hz / 2)
    axes.set_yticks([librosa.hz_to_mel(hz) / top_mel for hz in ticks_hz], [f"{hz / 1000:g}" for hz in ticks_hz])
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    return image


def _mark_best(axes: Axes, epochs: Doubles, accuracy: Doubles) -> None:
    if not np.isfinite(accuracy).any():
        return
    best = int(np.nanargmax(accuracy))
    axes.plot(epochs[best], accuracy[best], "o", color=ORANGE, markersize=5)
    text = f"best in validation: {accuracy[best]:.1%}, epoch {epochs[best]:.0f}"
    axes.set_title(text, fontsize=TEXT, color=ORANGE, loc="right")


def _number(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return math.nan
