"""Figures of an experiment: a take, original and completed by each method, and the scores of all methods."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from whipbird.arrays import Doubles
from whipbird.figure_style import BLUE, GREY, GRID, INK, ORANGE, SMALL, TEXT, TITLE, colour_bar, hide_frame, show_levels
from whipbird_train.extrapolate.experiment import Completion
from whipbird_train.extrapolate.frames import Frames
from whipbird_train.extrapolate.methods import METHODS
from whipbird_train.extrapolate.takes import Takes
from whipbird_train.reports.figures import shortened

__all__ = ["example_figure", "scores_figure"]

COLUMNS = 3  # sounds in a row
PANEL_IN = (3.6, 2.6)
HEIGHTS = (1, 1.6)  # of waveform and spectrogram
RANGE_DB = 60.0  # below the loudest point of the original
HEADROOM = 1.05


def example_figure(takes: Takes, outcomes: Mapping[str, Completion], number: int) -> Figure:
    """Waveform and spectrogram of one take: original, provided, and completed by each method.

    The completed part is orange and starts at the line. All panels have the scales of the original; louder samples are
    clipped.
    """
    cut = takes.cut
    original = takes.waves[number][: cut.length]
    given = original[: cut.provided]
    sounds = {"original": original, "provided": np.pad(given, (0, cut.missing))}
    for method, outcome in outcomes.items():
        if method == "silence":  # the same as what is provided
            continue
        scores = f"SNR {outcome.snr_db[number]:.1f} dB, distance {outcome.distance_db[number]:.1f} dB"
        completed = np.concatenate((given, outcome.completed[number]))
        sounds[f"{METHODS[method].name}\n{scores.replace('-', '−')}"] = completed
    frames = Frames.at(cut.rate_hz)
    highest = HEADROOM * float(np.abs(original).max())
    loudest = float(np.abs(frames.stft(original)).max())
    rows = -(-len(sounds) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * PANEL_IN[0] + 0.6, rows * PANEL_IN[1] + 0.4), layout="constrained")
    figure.suptitle(shortened(takes.names[number], 60), fontsize=TITLE, color=INK, parse_math=False)
    grid = figure.subplots(2 * rows, COLUMNS, squeeze=False, height_ratios=HEIGHTS * rows)
    image = None
    for panel, (title, sound) in enumerate(sounds.items()):
        row, column = divmod(panel, COLUMNS)
        wave, spectrogram = grid[2 * row, column], grid[2 * row + 1, column]
        wave.set_title(title, fontsize=TEXT, color=INK, loc="left")
        _draw_wave(wave, sound, cut.provided, cut.rate_hz, highest, title != "original")
        levels = 20 * np.log10(np.maximum(np.abs(frames.stft(sound)) / loudest, 10 ** (-RANGE_DB / 20)))
        image = show_levels(spectrogram, levels, cut.length / cut.rate_hz, cut.rate_hz / 2000, RANGE_DB)
        spectrogram.axvline(cut.provided / cut.rate_hz, color="white", linewidth=0.8)
        last = panel + COLUMNS >= len(sounds)
        spectrogram.set_xlabel("time (s)" if last else "", fontsize=SMALL, color=INK)
        spectrogram.set_ylabel("" if column else "frequency (kHz)", fontsize=SMALL, color=INK)
        hide_frame(wave)
        hide_frame(spectrogram, labels_pt=SMALL)
    for axes in grid.flat[:]:
        if not axes.has_data():
            axes.set_axis_off()
    if image is not None:
        colour_bar(figure, image, grid, "dB relative to the loudest point of the original", shrink=0.5)
    return figure


def scores_figure(outcomes: Mapping[str, Completion]) -> Figure:
    """Signal-to-noise ratio and log-spectral distance of each method: means with 95 % intervals, and all takes."""
    figure = Figure(figsize=(9, 1.2 + 0.36 * len(outcomes)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    titles = ("signal-to-noise ratio, dB: more is better", "log-spectral distance, dB: less is better")
    for axes, score, title in zip(panels, ("snr_db", "log_spectral_distance_db"), titles, strict=True):
        for row, outcome in enumerate(outcomes.values()):
            values = outcome.snr_db if score == "snr_db" else outcome.distance_db
            axes.plot(values, np.full(len(values), row), "|", color=GREY, markersize=6, alpha=0.5)
            mean = outcome.intervals[score]
            if mean.low is not None and mean.high is not None:
                axes.plot((mean.low, mean.high), (row, row), color=BLUE, linewidth=3, solid_capstyle="butt")
            axes.plot(mean.value, row, "o", color=BLUE, markersize=6)
        axes.set_title(title, fontsize=TEXT, color=INK, loc="left")
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        hide_frame(axes)
    panels[0].axvline(0, color=GREY, linewidth=0.8)
    panels[0].set_yticks(range(len(outcomes)), [METHODS[name].name for name in outcomes])
    panels[0].set_ylim(len(outcomes) - 0.5, -0.5)
    return figure


def _draw_wave(axes: Axes, sound: Doubles, provided: int, rate_hz: int, highest: float, divided: bool) -> None:
    times = np.arange(len(sound)) / rate_hz
    axes.plot(times[:provided], sound[:provided], color=INK, linewidth=0.5)
    axes.plot(times[provided:], sound[provided:], color=ORANGE if divided else INK, linewidth=0.5)
    axes.set_xlim(0, len(sound) / rate_hz)
    axes.set_ylim(-highest, highest)
    axes.set_xticks([])
    axes.set_yticks([])
