"""Figure of a recording for paper and screen: its views one below the other, with lanes of marks above.

librosa and matplotlib draw it (extra ``inspect``). Views over time share their axis. Colours can be distinguished in
grey and by colour-blind readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from whipbird.errors import OutputError
from whipbird.figure_style import (
    BLUE,
    COLOUR_MAP,
    GREEN,
    INK,
    ORANGE,
    PALE_BLUE,
    PNG,
    SMALL,
    TEXT,
    TITLE,
    grid,
    new_figure,
    png,
    write_names,
)
from whipbird.inspect.facts import Facts
from whipbird.inspect.marks import Lane
from whipbird.inspect.scales import moment_text, moment_unit, time_step_s
from whipbird.inspect.survey import Survey
from whipbird.inspect.view import View
from whipbird.measures.views import decibels, mel_bands, mfcc
from whipbird.system.extras import check_installed
from whipbird.system.whole_file import write_own_file
from whipbird.text import counted, one_line, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["SUFFIX", "draw", "save"]

SUFFIX = ".png"
"""Suffix of picture files."""

WIDTH_IN = 10.0
HEIGHTS_IN = {View.WAVEFORM: 1.3, View.SPECTRUM: 1.9, View.STFT: 2.2, View.MEL: 2.2, View.MFCC: 1.6}
ALONE_IN = 4.0  # height of a single view
LANE_IN, AROUND_IN = 0.34, 0.75  # height of a lane of marks, and of the margins
BAR_SHARE = 0.018  # width of a colour bar, as a share of that of the picture
DIVERGING, RED = "coolwarm", "#c0392b"
MOST_ROWS = 260  # of a spectrogram
CHARACTER_IN = 0.068  # width of a character of SMALL
LONGEST_NAME = 70  # characters of a file's name in the title
TICKS = 10  # most numbers on the axis of time
DROPOUTS = 200  # most dropouts that are drawn


def draw(facts: Facts, survey: Survey, views: Sequence[View], lanes: Sequence[Lane] = ()) -> Figure:
    """Draw views of a recording.

    Parameters
    ----------
    facts : Facts
    survey : Survey
    views : sequence of View
    lanes : sequence of Lane
        Marks above and in the views over time.

    Raises
    ------
    WhipbirdError
        If packages are missing.
    """
    check_installed("inspect", "matplotlib", "librosa")
    views = sorted((view for view in View if view in views), key=lambda view: view == View.SPECTRUM)
    over_time = [view for view in views if view != View.SPECTRUM]
    shown = [lane.between(survey.begin_s, survey.end_s) for lane in lanes] if over_time else []
    heights = [LANE_IN * len(shown)] if shown else []
    heights += [HEIGHTS_IN[view] if len(views) > 1 else ALONE_IN for view in views]
    figure = new_figure((WIDTH_IN, sum(heights) + AROUND_IN + 0.25 * len(heights)))
    cells = figure.add_gridspec(len(heights), 2, height_ratios=heights, width_ratios=(1, BAR_SHARE))
    figure.suptitle(_title(facts), fontsize=TITLE, color=INK, x=0.01, ha="left", parse_math=False)
    row = 0
    first: Axes | None = None
    if shown:
        first = figure.add_subplot(cells[0, 0])
        _draw_lanes(first, shown, survey)
        row = 1
    for view in over_time:
        axes = figure.add_subplot(cells[row, 0], sharex=first)
        first = first or axes
        _DRAWERS[view](figure, axes, figure.add_subplot(cells[row, 1]), survey)
        _label_axes(axes, view, survey)
        for lane in shown:
            _draw_edges(axes, lane, view)
        _time_axis(axes, survey, bottom=view == over_time[-1])
        row += 1
    if View.SPECTRUM in views:
        _draw_spectrum(figure.add_subplot(cells[row, 0]), facts, survey)
    if View.WAVEFORM in over_time:
        _mark_dropouts(figure.axes[1 if shown else 0], facts)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG.

    Raises
    ------
    OutputError
        If the suffix is not ``.png``, another kind of file has that name, or the file cannot be written.
    """
    if path.suffix.lower() != SUFFIX:
        raise OutputError(f"{path}: unknown picture format; use {SUFFIX}")
    write_own_file(path, png(figure), PNG)


def _title(facts: Facts) -> str:
    name = shortened(one_line(Path(facts.path).name), LONGEST_NAME)
    start = "" if facts.start is None or facts.time_from == "modified" else f", {facts.start.isoformat(' ', 'seconds')}"
    return f"{name}: {facts.rate_hz} Hz, {counted(facts.channels, 'channel')}{start}"


def _draw_lanes(axes: Axes, lanes: Sequence[Lane], survey: Survey) -> None:
    """Draw the marks of each lane as bars, with labels where there is room."""
    per_character_s = (survey.end_s - survey.begin_s) * CHARACTER_IN / (WIDTH_IN * 0.85)
    for row, lane in enumerate(lanes):
        if not lane.marks:
            axes.text(survey.begin_s, row + 0.75, "none", fontsize=SMALL, color=INK, va="center")
        colour = GREEN if lane.annotated else BLUE
        for number, mark in enumerate(lane.marks):
            axes.broken_barh([(mark.begin_s, mark.end_s - mark.begin_s)], (row + 0.62, 0.26), color=colour)
            following = lane.marks[number + 1].begin_s if number + 1 < len(lane.marks) else np.inf
            label = one_line(mark.label)
            ends_s = mark.begin_s + (len(label) + 1) * per_character_s
            if ends_s < min(following, survey.end_s + per_character_s) and mark.begin_s >= survey.begin_s:
                axes.text(mark.begin_s, row + 0.5, label, fontsize=SMALL, color=INK, va="bottom", parse_math=False)
    axes.set_ylim(len(lanes), 0)
    axes.set_yticks([row + 0.6 for row in range(len(lanes))])
    axes.set_yticklabels(
        [one_line(lane.name).replace(" by ", " by\n") for lane in lanes], fontsize=SMALL, parse_math=False
    )
    axes.tick_params(left=False, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)


def _draw_edges(axes: Axes, lane: Lane, view: View) -> None:
    """Draw the starts and ends of marks in a view."""
    for mark in lane.marks:
        if view == View.WAVEFORM:
            axes.axvspan(mark.begin_s, mark.end_s, color=GREEN if lane.annotated else BLUE, alpha=0.13, linewidth=0)
        elif view in (View.STFT, View.MEL):
            for edge_s in (mark.begin_s, mark.end_s):
                axes.axvline(edge_s, color="white", linewidth=0.7, alpha=0.55, linestyle=":" if lane.annotated else "-")


def _draw_waveform(figure: Figure, axes: Axes, bar: Axes, survey: Survey) -> None:
    bar.set_axis_off()
    lows, highs = survey.envelope.outline()
    edges = np.minimum(survey.begin_s + np.arange(len(lows) + 1) * survey.envelope.column_s, survey.end_s)
    lows, highs = (np.append(values, values[-1:]) for values in (lows, highs))
    axes.fill_between(edges, lows, highs, step="post", color=BLUE, linewidth=0.6)
    reach = 1.05 * max(float(np.abs(lows).max()), float(np.abs(highs).max()), 1e-4)
    axes.set_ylim(-reach, reach)
    grid(axes)


def _draw_stft(figure: Figure, axes: Axes, bar: Axes, survey: Survey) -> None:
    power = survey.spectra.spectrogram()
    # Of more bins than rows of pixels, the loudest of each few is drawn: spectral lines would otherwise be lost.
    few = -(-len(power) // MOST_ROWS)
    rows = np.arange(0, len(power), few)
    middles_hz = (rows + (few - 1) / 2) * survey.rate_hz / survey.spectra.frame
    pooled = np.maximum.reduceat(power, rows, axis=0)
    _draw_map(figure, axes, bar, decibels(pooled), survey, y_coords=middles_hz, y_axis="hz")


def _draw_mel(figure: Figure, axes: Axes, bar: Axes, survey: Survey) -> None:
    _draw_map(figure, axes, bar, decibels(mel_bands(survey.spectra)), survey, y_axis="mel", fmax=survey.rate_hz / 2)


def _draw_mfcc(figure: Figure, axes: Axes, bar: Axes, survey: Survey) -> None:
    coefficients = mfcc(survey.spectra)[1:]
    reach = float(np.quantile(np.abs(coefficients), 0.995)) or 1.0
    # The row of a coefficient is centred on its number.
    rows = np.arange(1, len(coefficients) + 1)
    _draw_map(
        figure, axes, bar, coefficients, survey, y_coords=rows, cmap=DIVERGING, vmin=-reach, vmax=reach, decibel=False
    )
    axes.set_yticks(rows[4::5])


def _draw_map(
    figure: Figure, axes: Axes, bar: Axes, values: Any, survey: Survey, decibel: bool = True, **options: Any
) -> None:
    import librosa.display

    times_s = survey.begin_s + survey.spectra.times_s()
    if len(times_s) == 1:  # a mesh needs two times
        times_s = times_s + np.array([0.0, survey.spectra.column_s])
        values = np.repeat(values, 2, axis=1)
    options = {"cmap": COLOUR_MAP} | options
    image = librosa.display.specshow(values, ax=axes, sr=survey.rate_hz, x_coords=times_s, **options)
    axes.set_ylim(0 if decibel else 0.5, survey.rate_hz / 2 if decibel else len(values) + 0.5)
    figure.colorbar(image, cax=bar)
    bar.tick_params(labelsize=SMALL, colors=INK)
    bar.set_title("dB" if decibel else "", fontsize=SMALL, color=INK)


_DRAWERS = {View.WAVEFORM: _draw_waveform, View.STFT: _draw_stft, View.MEL: _draw_mel, View.MFCC: _draw_mfcc}
_NAMES = {
    View.WAVEFORM: ("waveform", "share of full scale"),
    View.STFT: ("short-time Fourier transform", "hertz"),
    View.MEL: ("mel spectrogram", "hertz"),
    View.MFCC: ("mel-frequency cepstral coefficients (without the first, the level)", "number"),
}


def _label_axes(axes: Axes, view: View, survey: Survey) -> None:
    title, unit = _NAMES[view]
    pooled = survey.spectra.column_s * survey.rate_hz / survey.spectra.step
    if view != View.WAVEFORM and pooled > 1:
        title += f", loudest of each {survey.spectra.column_s:.3g} s"
    write_names(axes, title, "", unit)


def _time_axis(axes: Axes, survey: Survey, bottom: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    end_s, length_s = survey.end_s, survey.end_s - survey.begin_s
    axes.set_xlim(survey.begin_s, end_s)
    axes.xaxis.set_major_locator(MultipleLocator(time_step_s(length_s, TICKS)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: moment_text(seconds, end_s)))
    axes.tick_params(labelbottom=bottom)
    axes.set_xlabel(moment_unit(end_s) if bottom else "", fontsize=TEXT, color=INK)


def _draw_spectrum(axes: Axes, facts: Facts, survey: Survey) -> None:
    frequencies_hz = survey.spectra.frequencies_hz
    mean_db = decibels(survey.spectra.mean())
    highest_db = np.maximum(decibels(survey.spectra.highest()), mean_db.min())
    axes.fill_between(
        frequencies_hz, mean_db.min(), highest_db, color=PALE_BLUE, linewidth=0, alpha=0.6, label="loudest"
    )
    axes.plot(frequencies_hz, mean_db, color=BLUE, linewidth=1.1, label="mean")
    if facts.sufficient_rate_hz is not None:
        axes.axvline(facts.bandwidth_hz, color=ORANGE, linewidth=1.1, linestyle="--", label="nothing above")
    axes.set_xlim(0, survey.rate_hz / 2)
    axes.set_ylim(float(mean_db.min()) - 1, float(highest_db.max()) + 4)
    write_names(axes, "spectrum", "hertz", "dB")
    grid(axes)
    axes.legend(fontsize=SMALL, frameon=False, loc="upper right")


def _mark_dropouts(axes: Axes, facts: Facts) -> None:
    starts_s = sorted({start_s for channel in facts.sound for start_s, _ in channel.dropouts_at})[:DROPOUTS]
    if starts_s:
        top = axes.get_ylim()[1]
        axes.plot(starts_s, [0.93 * top] * len(starts_s), "v", color=RED, markersize=5, label="dropout")
        axes.legend(fontsize=SMALL, frameon=False, loc="lower right")
