"""The dashboard: what is heard, live in the terminal.

From top to bottom: source and level, spectrogram, scores beside the latest events, notices, and a status line.

Every row is built from a few styled segments, for most of what a dashboard costs is what rich does with each of them.
The spectrogram would need one for nearly every cell; its rows are one segment each, which holds finished colour codes.
Only rows that have changed are written, each to its own place; now and then all of them are, in case that something
else wrote on the screen.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, zip_longest

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.segment import Segment
from rich.style import Style

from whipbird.audio.channels import choose_channel
from whipbird.audio.gap import Gap
from whipbird.audio.ring import Reader
from whipbird.engine.pipeline import Pipeline
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice, Report
from whipbird.listen.spectrogram import BANDS, SpectrogramColumns
from whipbird.sinks.publisher import Sink
from whipbird.terminal.half_blocks import LEVELS, SHADES, colour_codes, hertz, paint
from whipbird.terminal.style import BAD, BAR, BOLD, DIM, FOUND, GOOD, PLAIN, QUIETEST_DB, WARN, decibels, meter_share
from whipbird.text import clock_time, one_line

__all__ = ["REFRESH_S", "Dashboard"]

REFRESH_S = 0.1
REDRAW_S = 2.0  # between two times that every row is written
TOTALS_S = 1.0  # between two times that the last rows change
TALL = 30  # rows from which there is room for the stages' times
HISTORY = 400  # columns of the spectrogram that are kept
EVENTS = 200  # latest events that are kept
NOTICE_S = 15.0  # how long a notice is shown
PROBLEM_S = 10.0  # how long a problem is not replaced by a hint
CLIPPED = 0.999  # of full scale
PEAK_FALL_DB = 1.5  # of the peak mark, at each refresh
SCORE_FALL = 0.75  # a score that has passed fades, so that the eye can catch it
CONTRAST_DB = 30.0  # least range of colours
QUIET = BANDS // 5  # so many bands of a column are darker than what becomes darkest
STATUS_DROPPED = ("kHz", "up ", "core", "delay")  # first to last, where the screen is narrow
DIM_ON, RESET = "\x1b[2m", "\x1b[0m"
GUTTER = 6  # cells left of the spectrogram, for its scale of frequencies
SCALE_ROWS = 3  # from one number of the scale to the next

Row = list[Segment]


class Dashboard(Sink):
    """Shows a pipeline, or several one after the other.

    Use it as a context manager, call `show` before each pipeline starts, and `refresh` every `REFRESH_S`. It is also
    a sink: give it what the pipelines publish.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._written: list[Row] = []  # what the screen shows
        self._written_s = -REDRAW_S  # when all of it was written
        self._events: deque[Detection] = deque(maxlen=EVENTS)
        self._notice: tuple[float, Notice | GapReport] | None = None
        self._codes = colour_codes(console)
        self._wall_s, self._cpu_s = time.monotonic(), time.process_time()
        self._percent = 0.0  # of a core in use, over the last second or so
        self._pipeline: Pipeline | None = None

    def __enter__(self) -> Dashboard:
        self._console.set_alt_screen(True)
        self._console.show_cursor(False)
        return self

    def __exit__(self, *_: object) -> None:
        self._console.set_alt_screen(False)
        self._console.show_cursor(True)

    def show(self, pipeline: Pipeline) -> None:
        """Show this pipeline from now on; it must not have started."""
        self._pipeline = pipeline
        self._channel = pipeline.running.channel
        self._reader: Reader = pipeline.ring.reader()
        self._longest = max(cell_len(label) for model in pipeline.models for label in model.card.labels)
        self._columns = SpectrogramColumns(pipeline.source.rate_hz)
        self._picture: deque[NDArray[np.uint8]] = deque(maxlen=HISTORY)
        self._range_db = (-90.0, -90.0 + CONTRAST_DB)
        self._level_db = self._peak_db = QUIETEST_DB
        self._clipped = 0
        self._shown_scores: dict[tuple[int, str], float] = {}
        self._kept_totals: list[Row] = []
        self._totals_for = (0, False)
        self._totals_s = 0.0
        self._began_s = time.monotonic()

    def write(self, report: Report) -> None:
        """Take a report; called on the publisher's thread."""
        if isinstance(report, Detection):
            self._events.append(report)
        elif isinstance(report, Notice | GapReport):
            now_s = time.monotonic()
            shown_s, shown = self._notice or (-PROBLEM_S, report)
            # What went wrong is not to vanish behind a hint.
            if _is_problem(report) or not _is_problem(shown) or now_s - shown_s > PROBLEM_S:
                self._notice = (now_s, report)

    def refresh(self) -> None:
        """Take what has been heard since, and draw."""
        self._listen()
        self._console.print(self, end="", crop=False)

    def _listen(self) -> None:
        assert self._pipeline is not None
        fresh = []
        while (item := self._reader.read(self._pipeline.ring.capacity)) is not None:
            if not isinstance(item, Gap):
                fresh.append(item)
        if not fresh:
            return
        samples = np.concatenate(fresh)
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

    # What follows builds rows, lists of segments as wide as the screen. Those that seldom change are kept.

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.size
        rows = list(islice(self._rows(width, height), height))
        now_s = time.monotonic()
        if len(rows) != len(self._written) or now_s - self._written_s >= REDRAW_S:
            self._written, self._written_s = [], now_s
        for number, (row, before) in enumerate(zip_longest(rows, self._written)):
            if row != before:
                yield Control.move_to(0, number).segment
                yield from row
        self._written = rows

    def _rows(self, width: int, height: int) -> Iterator[Row]:
        if self._pipeline is None:
            return
        scores = self._scores()
        panel = min(max(len(scores), height // 4), max(3, (height - 5) * 3 // 5))  # rows of scores and events
        if len(scores) > panel:  # the highest, in their usual order
            least = sorted((score.shown for score in scores), reverse=True)[panel - 1]
            scores = [score for score in scores if score.shown >= least][:panel]
        yield self._title(width)
        yield self._meter(width)
        stages = height >= TALL
        picture = max(0, height - panel - 5 - stages)
        yield from self._spectrogram(width, picture)
        names = max((cell_len(score.name) for score in scores), default=4)
        scores_width = min(max(names + 22, width * 2 // 5), max(width - 26, width // 2))
        yield _fit(_heading("scores", scores_width) + _heading("heard", width - scores_width), width)
        events = list(self._events)[-panel:][::-1]
        several = len(self._pipeline.models) > 1
        for number in range(panel):
            score = scores[number] if number < len(scores) else None
            event = events[number] if number < len(events) else None
            yield _score_row(score, names, scores_width) + _event_row(
                event, self._longest, several, width - scores_width
            )
        yield _fit(self._notices(), width)
        yield from self._totals(width, stages)

    def _scores(self) -> list[_Score]:
        """Every label that is reported, with its latest score."""
        assert self._pipeline is not None
        models, detectors = self._pipeline.models, self._pipeline.detectors
        scores = []
        for number, model in enumerate(models):
            detector = detectors[number] if number < len(detectors) else None  # none between stretches of sound
            active = detector.active if detector else {}
            for label, settings in model.card.debounce.items():
                now = float(detector.scores[model.card.labels.index(label)]) if detector else 0.0
                now = now if math.isfinite(now) else 0.0
                shown = max(now, SCORE_FALL * self._shown_scores.get((number, label), 0.0))
                self._shown_scores[number, label] = shown
                name = label if len(models) == 1 else f"{model.card.name}: {label}"
                scores.append(_Score(name, round(shown, 2), settings.on, label in active))
        return scores

    def _title(self, width: int) -> Row:
        assert self._pipeline is not None
        models = " + ".join(model.card.name for model in self._pipeline.models)
        left = [Segment(" whipbird ", Style(bold=True, reverse=True)), Segment(f" {models} ← ", DIM)]
        hint = " Ctrl-C ends "
        room = width - sum(segment.cell_length for segment in left) - len(hint)
        source = self._pipeline.source
        length = f", {source.duration_s:.1f} s" if source.duration_s else ""
        name = set_cell_size(_shorten(one_line(source.name) + length, room), max(0, room))
        return _fit([*left, Segment(name, BOLD), Segment(hint, DIM)], width)

    def _meter(self, width: int) -> Row:
        clipped = f" CLIPPED {self._clipped}" if self._clipped else ""
        numbers = f" {self._level_db:4.0f} dB  peak {self._peak_db:4.0f} dB"
        room = max(10, width - 7 - len(numbers) - len(clipped))
        full = round(room * meter_share(self._level_db))
        peak = min(room - 1, round(room * meter_share(self._peak_db)))
        row = [Segment(" level ", DIM), *_bar(room, full, peak)]
        return _fit([*row, Segment(numbers, DIM), Segment(clipped, BAD)], width)

    def _spectrogram(self, width: int, height: int) -> Iterator[Row]:
        if height == 0:
            return
        columns = list(self._picture)[-max(1, width - GUTTER) :]
        cells = 2 * height if self._codes else height
        bands = np.linspace(0, BANDS, cells + 1).astype(int)[:-1]
        if not columns:
            yield from (_fit([], width) for _ in range(height))
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
                yield _fit([Segment(empty + "".join(SHADES[shade] for shade in shades.tolist()))], width)

    def _notices(self) -> Row:
        if self._notice is None or time.monotonic() - self._notice[0] > NOTICE_S:
            return []
        report = self._notice[1]
        if isinstance(report, GapReport):
            return [
                Segment(
                    f" {report.end_s - report.begin_s:.3f} s lost at {clock_time(report.begin_s, 2)}: {report.reason}",
                    BAD,
                )
            ]
        return [Segment(f" {one_line(report.text)}", BAD if report.problem else WARN)]

    def _totals(self, width: int, stages: bool) -> list[Row]:
        """The last rows, which change once a second: the stages' times, if there is room, and the status line."""
        now_s = time.monotonic()
        if (width, stages) != self._totals_for or now_s - self._totals_s >= TOTALS_S:
            rows = [self._stages(), self._status(width)] if stages else [self._status(width)]
            self._kept_totals = [_fit(row, width) for row in rows]
            self._totals_for, self._totals_s = (width, stages), now_s
        return self._kept_totals

    def _stages(self) -> Row:
        assert self._pipeline is not None
        row = [Segment(" mean times", DIM)]
        for name, stage in self._pipeline.timings.stages.items():
            row += [Segment(f"  {name} ", DIM), Segment(f"{1000 * stage.mean_s:.2f} ms")]
        return row

    def _status(self, width: int) -> Row:
        pipeline = self._pipeline
        assert pipeline is not None
        summary = pipeline.summary()
        uptime = clock_time(int(time.monotonic() - self._began_s))
        delay = "–"
        if summary.delay_p50_s is not None and summary.delay_p95_s is not None:
            lag_s = pipeline.timings.stages["queueing"].mean_s if pipeline.source.live else 0.0
            delay = f"{1000 * (summary.delay_p50_s + lag_s):.0f}/{1000 * (summary.delay_p95_s + lag_s):.0f} ms"
        wall_s, cpu_s = time.monotonic(), time.process_time()
        if wall_s - self._wall_s >= 1.0:
            self._percent = 100 * (cpu_s - self._cpu_s) / (wall_s - self._wall_s)
            self._wall_s, self._cpu_s = wall_s, cpu_s
        parts = [
            (f"{pipeline.source.rate_hz / 1000:g} kHz", PLAIN),
            (f"up {uptime}", PLAIN),
            (f"heard {summary.heard_s:.1f} s", PLAIN),
            (f"lost {summary.lost_s:.1f} s", BAD if summary.lost_s else GOOD),
            (f"{self._percent:.{1 if self._percent < 10 else 0}f} % core", PLAIN),
            (f"delay {delay}", PLAIN),
        ]
        for least in STATUS_DROPPED:  # where there is no room for all
            if sum(len(text) + 3 for text, _ in parts) - 2 > width:
                parts = [part for part in parts if least not in part[0]]
        row: Row = []
        for number, (text, style) in enumerate(parts):
            row += [Segment(" · " if number else " ", DIM), Segment(text, style)]
        return row


@dataclass(frozen=True, slots=True)
class _Score:
    """A row of scores: what is written before it, how long the bar is, where the threshold, and whether it is heard."""

    name: str
    shown: float
    on: float
    active: bool


def _is_problem(report: Notice | GapReport) -> bool:
    return isinstance(report, GapReport) or report.problem


@lru_cache(maxsize=8)
def _heading(text: str, width: int) -> Row:
    return [Segment("─ ", DIM), Segment(text, DIM), Segment(" " + "─" * (width - len(text) - 3), DIM)]


@lru_cache(maxsize=1024)
def _score_row(score: _Score | None, names: int, width: int) -> Row:
    if score is None:
        return _fit([], width)
    room = max(4, width - names - 9)
    full, threshold = round(room * score.shown), min(room - 1, round(room * score.on))
    name = Segment(f" {set_cell_size(score.name, names)} ", FOUND if score.active else PLAIN)
    bar = _bar(room, full, threshold, FOUND if score.active else BAR)
    return _fit([name, *bar, Segment(f" {score.shown:4.0%}", DIM)], width)


@lru_cache(maxsize=EVENTS)
def _event_row(event: Detection | None, longest: int, several: bool, width: int) -> Row:
    """What was heard, with its model if there are several; the longest label takes so many cells."""
    if event is None:
        return _fit([], width)
    when = event.shown_time.strftime("%H:%M:%S") if event.shown_time else clock_time(event.begin_s, 2)
    label = set_cell_size(event.label, max(4, min(longest, width - len(when) - 9)))
    row = [Segment(f"{when}  ", DIM), Segment(label, FOUND), Segment(f"  {event.score:4.0%}")]
    return _fit([*row, Segment(f"  {event.model}", DIM)] if several else row, width)


def _bar(room: int, full: int, mark: int, style: Style = BAR) -> Row:
    """A bar over a dotted ground, with a mark that stands out on both."""
    ground = "█" * full + "·" * (room - full)
    before, behind = ground[:mark], ground[mark + 1 :]
    rest = max(0, full - mark - 1)
    return [
        Segment(before[:full], style),
        Segment(before[full:], DIM),
        Segment("┃" if mark < full else "│", BOLD),
        Segment(behind[:rest], style),
        Segment(behind[rest:], DIM),
    ]


def _shorten(text: str, room: int) -> str:
    """Keep the end of a text that is too long: of a path, the name of the file."""
    if cell_len(text) <= room:
        return text
    while text and cell_len(text) > room - 1:
        text = text[1:]
    return "…" + text


def _fit(row: Row, width: int) -> Row:
    """Cut or pad a row to so many cells."""
    return Segment.adjust_line_length([segment for segment in row if segment.text], width)
