"""The dashboard of 'whipbird listen' and 'whipbird replay': the current sound, scores and events in the terminal.

From top to bottom: source and level, spectrogram, scores beside the latest events, notices, and a status line.

Only rows that have changed are written, each to its own position. Every `REDRAW_S` all rows are written, in case
something else has written to the screen.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterator
from itertools import islice, zip_longest

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.segment import Segment

from whipbird.arrays import Integers
from whipbird.audio.gap import BELOW_TRIGGER
from whipbird.engine.pipeline import Pipeline
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice, Report
from whipbird.models.model import Model
from whipbird.sessions.dashboard_rows import (
    EVENTS,
    Row,
    Score,
    event_row,
    fit,
    heading,
    notice_row,
    score_row,
    title_row,
)
from whipbird.sessions.progress import Progress
from whipbird.sessions.sound_view import SoundView
from whipbird.sinks.publisher import Sink
from whipbird.terminal.half_blocks import colour_codes
from whipbird.terminal.style import BAD, DIM, GOOD, PLAIN
from whipbird.text import clock_time

__all__ = ["Dashboard"]

REDRAW_S = 2.0  # interval at which every row is written
TOTALS_S = 1.0  # interval at which the last rows change
TALL = 30  # rows of a screen that has room for the stages' times
NOTICE_S = 15.0  # how long a notice is shown
PROBLEM_S = 10.0  # how long a problem is not replaced by a hint
SCORE_FALL = 0.75  # factor by which a past score fades at each refresh, so that the eye can catch it
STAGES = " mean ms"
STATUS_DROPPED = ("kHz", "up ", "core", "delay")  # first to last, where the screen is narrow


class Dashboard(Sink):
    """Shows a pipeline, or several one after the other.

    Use it as a context manager, call `show` before each pipeline starts, and `refresh` ten times a second. It is
    also a sink: give it what the pipelines publish. With ``progress``, it shows how many recordings are left.
    """

    def __init__(self, console: Console, progress: Progress | None = None) -> None:
        self._console = console
        self._progress = progress
        self._written: list[Row] = []  # what the screen shows
        self._written_s = -REDRAW_S  # when all rows were last written
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
        self._sound = SoundView(pipeline, self._codes)
        self._longest = max(
            cell_len(rules.names.shown(label)) for rules in pipeline.rules for label in rules.names.card.labels
        )
        self._reported = [_reported(model) for model in pipeline.models]
        self._shown_scores = [np.zeros(len(numbers)) for numbers in self._reported]
        self._kept_totals: list[Row] = []
        self._totals_for = (0, False)
        self._totals_s = 0.0
        self._started_s = time.monotonic()

    def write(self, report: Report) -> None:
        """Take a report; called on the publisher's thread."""
        if isinstance(report, Detection):
            self._events.append(report)
        elif isinstance(report, Notice | GapReport):
            now_s = time.monotonic()
            shown_s, shown = self._notice or (-PROBLEM_S, report)
            # A hint must not replace a recent problem.
            if _is_problem(report) or not _is_problem(shown) or now_s - shown_s > PROBLEM_S:
                self._notice = (now_s, report)

    def refresh(self) -> None:
        """Read the samples that have arrived, and draw."""
        self.read_samples()
        self._console.print(self, end="", crop=False)

    def read_samples(self) -> None:
        """Read the samples that have arrived, without drawing."""
        self._sound.read_samples()

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
        labels = sum(map(len, self._reported))
        panel = min(max(labels, height // 4), max(3, (height - 5) * 3 // 5))  # rows of scores and events
        scores = self._scores(panel)
        parts = () if self._progress is None else self._progress.describe()[0]
        yield title_row(self._pipeline.models, self._pipeline.source, parts, width)
        yield self._sound.meter(width)
        stages = height >= TALL
        yield from self._sound.spectrogram(width, max(0, height - panel - 5 - stages))
        names = max((cell_len(score.name) for score in scores), default=4)
        scores_width = min(max(names + 22, width * 2 // 5), max(width - 26, width // 2))
        title = "scores" if labels <= panel else f"highest of {labels:,} scores"
        yield fit(heading(title, scores_width) + heading("events", width - scores_width), width)
        events = list(self._events)[-panel:][::-1]
        several = len(self._pipeline.models) > 1
        for number in range(panel):
            score = scores[number] if number < len(scores) else None
            event = events[number] if number < len(events) else None
            yield score_row(score, names, scores_width) + event_row(event, self._longest, several, width - scores_width)
        yield self._notices(width)
        yield from self._totals(width, stages)

    def _scores(self, most: int) -> list[Score]:
        """The labels that are reported, with their latest scores; of more than `most`, the highest, in usual order."""
        assert self._pipeline is not None
        models, detectors = self._pipeline.models, self._pipeline.detectors
        actives: list[Collection[str]] = []
        for number in range(len(models)):
            detector = detectors[number] if number < len(detectors) else None  # none between segments
            actives.append(detector.active if detector else ())
            now = detector.scores[self._reported[number]] if detector else np.float32(0.0)
            now = np.nan_to_num(now, nan=0.0, posinf=0.0, neginf=0.0)
            self._shown_scores[number] = np.maximum(now, SCORE_FALL * self._shown_scores[number])
        shown = np.round(np.concatenate(self._shown_scores), 2)
        chosen = np.sort(np.argsort(-shown, kind="stable")[:most])
        starts = np.cumsum([0, *map(len, self._reported)])
        scores = []
        for place in chosen:
            number = int(np.searchsorted(starts, place, side="right")) - 1
            card = models[number].card
            label = card.labels[self._reported[number][place - starts[number]]]
            name = self._pipeline.rules[number].names.shown(label)
            name = name if len(models) == 1 else f"{card.name}: {name}"
            scores.append(Score(name, float(shown[place]), card.debounce[label].on, label in actives[number]))
        return scores

    def _notices(self, width: int) -> Row:
        if self._notice is None or time.monotonic() - self._notice[0] > NOTICE_S:
            return fit([], width)
        return notice_row(self._notice[1], width)

    def _totals(self, width: int, stages: bool) -> list[Row]:
        """The last rows, which change once a second: the stages' times, if there is room, and the status line."""
        now_s = time.monotonic()
        if (width, stages) != self._totals_for or now_s - self._totals_s >= TOTALS_S:
            rows = [self._stages(width), self._status(width)] if stages else [self._status(width)]
            self._kept_totals = [fit(row, width) for row in rows]
            self._totals_for, self._totals_s = (width, stages), now_s
        return self._kept_totals

    def _stages(self, width: int) -> Row:
        """Mean times of the stages; without the shortest ones, if there is no room for all."""
        assert self._pipeline is not None
        times = {name: f"{1000 * stage.mean_s:.2f}" for name, stage in self._pipeline.timings.stages.items()}
        while len(times) > 1 and len(STAGES) + sum(len(name) + len(time) + 3 for name, time in times.items()) > width:
            del times[min(times, key=lambda name: float(times[name]))]
        row = [Segment(STAGES, DIM)]
        for name, milliseconds in times.items():
            row += [Segment(f"  {name} ", DIM), Segment(milliseconds)]
        return row

    def _status(self, width: int) -> Row:
        pipeline = self._pipeline
        assert pipeline is not None
        summary = pipeline.summary()
        uptime = clock_time(int(time.monotonic() - self._started_s))
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
            *([(f"{summary.below_trigger_s:.1f} s {BELOW_TRIGGER}", PLAIN)] if summary.below_trigger_s else []),
            (f"{self._percent:.{1 if self._percent < 10 else 0}f} % core", PLAIN),
            (f"delay {delay}", PLAIN),
        ]
        for dropped in STATUS_DROPPED:  # while there is no room for all parts
            if sum(len(text) + 3 for text, _ in parts) - 2 > width:
                parts = [part for part in parts if dropped not in part[0]]
        row: Row = []
        for number, (text, style) in enumerate(parts):
            row += [Segment(" · " if number else " ", DIM), Segment(text, style)]
        return row


def _reported(model: Model) -> Integers:
    """Numbers of the labels that are reported, in the order of the card's settings."""
    numbers = {label: number for number, label in enumerate(model.card.labels)}
    return np.array([numbers[label] for label in model.card.debounce], np.int64)


def _is_problem(report: Notice | GapReport) -> bool:
    return report.is_lost if isinstance(report, GapReport) else report.problem
