"""The sound on the dashboard: level meter and spectrogram.

A spectrogram would need a segment for nearly every cell; each of its rows is one segment that holds finished colour
codes.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment

from whipbird.audio.channels import choose_channel
from whipbird.audio.gap import Gap
from whipbird.audio.ring import Reader
from whipbird.engine.pipeline import Pipeline
from whipbird.sessions.dashboard_rows import Row, bar, fit
from whipbird.sessions.spectrogram import BANDS, SpectrogramColumns
from whipbird.terminal.half_blocks import LEVELS, SHADES, hertz, paint
from whipbird.terminal.style import BAD, DIM, QUIETEST_DB, decibels, meter_share

__all__ = ["SoundView"]

HISTORY = 400  # columns of the spectrogram that are kept
CLIPPED = 0.999  # of full scale
PEAK_FALL_DB = 1.5  # of the peak mark, at each refresh
CONTRAST_DB = 30.0  # least range of colours
QUIET = BANDS // 5  # number of bands in a column that are darker than the level that becomes darkest
DIM_ON, RESET = "\x1b[2m", "\x1b[0m"
GUTTER = 6  # cells left of the spectrogram, for its frequency scale
SCALE_ROWS = 3  # from one number of the scale to the next


class SoundView:
    """Level and spectrogram of the sound that a pipeline gets.

    Parameters
    ----------
    pipeline : Pipeline
        It must not have started.
    codes : list of str
        Colour codes of `colour_codes`; shades are drawn if it is empty.
    """

    def __init__(self, pipeline: Pipeline, codes: list[str]) -> None:
        self._capacity = pipeline.ring.capacity
        self._channel = pipeline.ring.channel
        self._reader: Reader = pipeline.ring.reader()
        self._codes = codes
        self._columns = SpectrogramColumns(pipeline.source.rate_hz)
        self._picture: deque[NDArray[np.uint8]] = deque(maxlen=HISTORY)
        self._range_db = (-90.0, -90.0 + CONTRAST_DB)
        self._level_db = self._peak_db = QUIETEST_DB
        self._clipped = 0

    def read_samples(self) -> None:
        """Read the samples that have arrived since the last call."""
        new = []
        while (item := self._reader.read(self._capacity)) is not None:
            if not isinstance(item, Gap):
                new.append(item)
        if not new:
            return
        samples = np.concatenate(new)
        mono = choose_channel(samples, self._channel)
        if max(samples.max(), -samples.min()) >= CLIPPED:
            self._clipped += int(np.count_nonzero((np.abs(samples) >= CLIPPED).any(axis=1)))
        self._level_db = decibels(math.sqrt(np.vdot(mono, mono) / len(mono)))
        self._peak_db = max(decibels(float(max(mono.max(), -mono.min()))), self._peak_db - PEAK_FALL_DB)
        for levels in self._columns.push(mono):
            low, high = self._range_db
            quiet, loud = np.partition(levels, QUIET)[QUIET], levels.max()
            low += 0.1 * (quiet - low)
            high = max(high - 0.3, loud, low + CONTRAST_DB)
            self._range_db = (low, high)
            scaled = (levels - low) / (high - low) * (LEVELS - 1)
            self._picture.append(np.clip(scaled, 0, LEVELS - 1).astype(np.uint8))

    def meter(self, width: int) -> Row:
        clipped = f" CLIPPED {self._clipped}" if self._clipped else ""
        numbers = f" {self._level_db:4.0f} dB  peak {self._peak_db:4.0f} dB"
        room = max(10, width - 7 - len(numbers) - len(clipped))
        full = round(room * meter_share(self._level_db))
        peak = min(room - 1, round(room * meter_share(self._peak_db)))
        row = [Segment(" level ", DIM), *bar(room, full, peak)]
        return fit([*row, Segment(numbers, DIM), Segment(clipped, BAD)], width)

    def spectrogram(self, width: int, height: int) -> Iterator[Row]:
        if height == 0:
            return
        columns = list(self._picture)[-max(1, width - GUTTER) :]
        cells = 2 * height if self._codes else height
        bands = np.linspace(0, BANDS, cells + 1).astype(int)[:-1]
        if not columns:
            yield from (fit([], width) for _ in range(height))
            return
        levels = np.concatenate(columns).reshape(-1, BANDS)
        picture = np.maximum.reduceat(levels, bands, axis=1).T[::-1]
        painted = paint(self._codes, picture) if self._codes else []
        rows_hz = self._columns.centres_hz(height)[::-1]
        room = " " * (width - GUTTER - len(columns))
        for number in range(height):
            scale = hertz(rows_hz[number]) if (height - 1 - number) % SCALE_ROWS == 0 else ""
            empty = f"{scale:>{GUTTER - 1}} {room}"
            if self._codes:
                yield [Segment(f"{DIM_ON}{empty}{RESET}{painted[number]}{RESET}")]
            else:
                shades = picture[number].astype(int) * len(SHADES) // LEVELS
                yield fit([Segment(empty + "".join(SHADES[shade] for shade in shades.tolist()))], width)
