"""Views of a recording in the terminal, in colour, or in shades without colours.

A cell in colour holds two points of a picture, one above the other. All views are as wide as the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.console import Console

from whipbird.inspect.marks import Lane
from whipbird.inspect.scales import CLOCK_S, moment_text, round_step, time_step_s
from whipbird.inspect.survey import Survey
from whipbird.inspect.view import View
from whipbird.measures.views import decibels, mel_bands, mfcc
from whipbird.system.extras import check_installed
from whipbird.terminal.half_blocks import LEVELS, SHADES, colour_codes, hertz, paint
from whipbird.text import one_line

__all__ = ["LEAST_WIDTH", "print_views"]

LEAST_WIDTH = 30  # cells; nothing is drawn in narrower terminals
GUTTER = 6  # cells left of a picture, for its scale
ROWS = {View.WAVEFORM: 3, View.SPECTRUM: 6, View.STFT: 8, View.MEL: 8, View.MFCC: 5}
TALL = 35  # rows of a terminal, from which pictures are taller
TALLER = 1.6
SCALE_ROWS = 3  # rows from one number of a scale to the next
TICK = 11  # least cells from one number below a picture to the next
DIM, RESET, WAVE, ANNOTATED, DETECTED = "\x1b[2m", "\x1b[0m", "\x1b[36m", "\x1b[32m", "\x1b[96m"
QUIET_SHARE, LOWEST_SHARE = 0.3, 0.02  # shares of a picture in the darkest colour
LEAST_REACH = 0.3  # of half a cell, that the wave must fill for it to be drawn
EIGHTHS = " ▁▂▃▄▅▆▇█"

Numbers = NDArray[Any]


def print_views(console: Console, survey: Survey, views: Sequence[View], lanes: Sequence[Lane] = ()) -> None:
    """Draw views one below the other, with lanes of marks above the first view over time.

    Raises
    ------
    WhipbirdError
        If packages for the mel spectrogram or the MFCCs are missing.
    """
    if View.MEL in views or View.MFCC in views:
        check_installed("inspect", "librosa")
    if console.width < LEAST_WIDTH:
        return
    page = _Page(console, survey)
    for row in page.rows([view for view in View if view in views], lanes):
        console.file.write(row + "\n")


class _Page:
    def __init__(self, console: Console, survey: Survey) -> None:
        self._codes = colour_codes(console)
        self._survey = survey
        self._width = console.width - GUTTER - 1
        self._rows = {
            view: round(rows * (TALLER if console.is_terminal and console.height >= TALL else 1))
            for view, rows in ROWS.items()
        }

    def rows(self, views: Sequence[View], lanes: Sequence[Lane]) -> Iterator[str]:
        over_time = [view for view in views if view != View.SPECTRUM]
        for view in sorted(views, key=lambda view: view == View.SPECTRUM):
            if over_time and view == over_time[0]:
                for lane in lanes:
                    yield from self._lane(lane.between(self._survey.begin_s, self._survey.end_s))
            yield from getattr(self, f"_{view}")()
            if over_time and view == over_time[-1]:
                yield self._moments()

    def _styled(self, code: str, text: str) -> str:
        return f"{code}{text}{RESET}" if self._codes else text

    def _heading(self, text: str) -> str:
        return self._styled(DIM, f"{' ' * GUTTER}{text}"[: GUTTER + self._width])

    def _lane(self, lane: Lane) -> Iterator[str]:
        """Bars of the marks, and their labels where there is room."""
        survey, width = self._survey, self._width
        per_s = width / (survey.end_s - survey.begin_s)
        cells = [" "] * width
        starts = [max(0, int((mark.begin_s - survey.begin_s) * per_s)) for mark in lane.marks]
        for mark, start in zip(lane.marks, starts, strict=True):
            for cell in range(start, min(width, max(start + 1, round((mark.end_s - survey.begin_s) * per_s)))):
                cells[cell] = "━"
        labels = [" "] * width
        for number, (mark, start) in enumerate(zip(lane.marks, starts, strict=True)):
            label = one_line(mark.label)
            room = (starts[number + 1] if number + 1 < len(starts) else width + 1) - start - 1
            if cell_len(label) == len(label) <= room:
                labels[start : start + len(label)] = label
        colour = ANNOTATED if lane.annotated else DETECTED
        yield self._heading(f"{one_line(lane.name)}: {len(lane.marks)}")
        if lane.marks:
            yield " " * GUTTER + "".join(labels).rstrip()
            yield " " * GUTTER + self._styled(colour, "".join(cells).rstrip())

    def _waveform(self) -> Iterator[str]:
        lows, highs = self._survey.envelope.outline()
        lows, highs = _pooled(lows[None], self._width, np.minimum)[0], _pooled(highs[None], self._width, np.maximum)[0]
        reach = max(float(np.abs(lows).max()), float(np.abs(highs).max()), 1e-9)
        rows = 2 * self._rows[View.WAVEFORM]
        # Fill each half of a cell that the wave reaches well into; draw a line where the wave is too faint.
        edges = np.linspace(reach, -reach, rows + 1)
        least = LEAST_REACH * (edges[0] - edges[1])
        filled = (highs > edges[1:, None] + least) & (lows < edges[:-1, None] - least)
        faint = ~filled.any(axis=0)
        yield self._heading(f"waveform, up to {reach:.2g} of full scale")
        for row in range(rows // 2):
            halves = 2 * filled[2 * row] + filled[2 * row + 1]
            cells = "".join(" ▄▀█"[half] for half in halves.tolist())
            if row == rows // 4:
                cells = "".join("─" if is_faint else cell for is_faint, cell in zip(faint.tolist(), cells, strict=True))
            yield " " * GUTTER + self._styled(WAVE, cells.rstrip())

    def _stft(self) -> Iterator[str]:
        spectra = self._survey.spectra
        yield from self._map("short-time Fourier transform", decibels(spectra.spectrogram()), spectra.frequencies_hz)

    def _mel(self) -> Iterator[str]:
        import librosa

        bands = mel_bands(self._survey.spectra)
        frequencies_hz = librosa.mel_frequencies(len(bands), fmin=0, fmax=self._survey.rate_hz / 2)
        yield from self._map("mel spectrogram", decibels(bands), frequencies_hz)

    def _mfcc(self) -> Iterator[str]:
        coefficients = mfcc(self._survey.spectra)[1:]
        rows = min(len(coefficients), 2 * self._rows[View.MFCC])
        title = f"mel-frequency cepstral coefficients 1 to {rows}"
        yield from self._map(title, coefficients[:rows], np.arange(1, rows + 1), "", LOWEST_SHARE)

    def _map(
        self, name: str, values: Numbers, scale: Numbers, unit: str = " dB", dark: float = QUIET_SHARE
    ) -> Iterator[str]:
        """A picture with its lowest row at the bottom; the share `dark` of it is in the darkest colour."""
        values = _pooled(values, self._width, np.maximum)
        low, high = float(np.quantile(values, dark)), float(values.max())
        levels = np.clip((values - low) / max(high - low, 1e-9) * (LEVELS - 1), 0, LEVELS - 1).astype(np.uint8)
        wanted = self._rows[View.STFT] if unit else -(-len(values) // 2)
        height = min(wanted, max(1, len(levels) // 2))
        cells = 2 * height if self._codes else height
        picture = _pooled(np.ascontiguousarray(levels.T), cells, np.maximum).T[::-1]
        painted = paint(self._codes, picture) if self._codes else []
        yield self._heading(f"{name}, {low:.0f} to {high:.0f}{unit}")
        for row in range(height):
            number = ""
            if (height - 1 - row) % SCALE_ROWS == 0:
                number = hertz(float(scale[min(len(scale) - 1, int((height - row - 0.5) / height * len(scale)))]))
            gutter = self._styled(DIM, f"{number:>{GUTTER - 1}} ")
            if self._codes:
                yield f"{gutter}{painted[row]}{RESET}"
            else:
                shades = picture[row].astype(int) * len(SHADES) // LEVELS
                yield gutter + "".join(SHADES[shade] for shade in shades.tolist()).rstrip()

    def _spectrum(self) -> Iterator[str]:
        mean_db = _pooled(decibels(self._survey.spectra.mean())[None], self._width, np.maximum)[0]
        low, high = float(mean_db.min()), float(mean_db.max())
        rows = self._rows[View.SPECTRUM]
        eighths = np.rint((mean_db - low) / max(high - low, 1e-9) * 8 * rows).astype(int)
        yield self._heading(f"mean spectrum, {low:.0f} to {high:.0f} dB")
        for row in range(rows - 1, -1, -1):
            number = f"{low + (row + 1) / rows * (high - low):.0f}" if row % SCALE_ROWS == SCALE_ROWS - 1 else ""
            cells = "".join(EIGHTHS[part] for part in (eighths - 8 * row).clip(0, 8).tolist())
            yield self._styled(DIM, f"{number:>{GUTTER - 1}} ") + self._styled(WAVE, cells.rstrip())
        half_hz = self._survey.rate_hz / 2
        step_hz = round_step(half_hz, self._ticks)
        yield self._axis([(hz, hertz(hz)) for hz in np.arange(0, half_hz, step_hz).tolist()], 0, half_hz, "Hz")

    def _moments(self) -> str:
        begin_s, end_s = self._survey.begin_s, self._survey.end_s
        step_s = time_step_s(end_s - begin_s, self._ticks)
        moments = (np.arange(np.ceil(begin_s / step_s), np.ceil(end_s / step_s)) * step_s).tolist()
        unit = "s" if end_s <= CLOCK_S else ""
        return self._axis([(moment, moment_text(moment, end_s)) for moment in moments], begin_s, end_s, unit)

    @property
    def _ticks(self) -> int:
        return max(1, self._width // TICK)

    def _axis(self, ticks: Sequence[tuple[float, str]], start: float, end: float, unit: str) -> str:
        """An axis with numbers below their positions and the unit at the end."""
        line = ""
        for position, text in ticks:
            cell = int((position - start) / (end - start) * self._width)
            if cell + len(text) < self._width - len(unit):
                line = f"{line:<{cell}}╵{text}"
        return self._styled(DIM, f"{' ' * GUTTER}{line:<{self._width - len(unit)}}{unit}".rstrip())


def _pooled(values: Numbers, width: int, join: np.ufunc) -> Numbers:
    """Columns joined or repeated to the width: shape (n, columns) to (n, width)."""
    columns = values.shape[1]
    if columns <= width:
        return values[:, np.arange(width) * columns // width]
    joined: Numbers = join.reduceat(values, np.arange(width) * columns // width, axis=1)
    return joined
