"""Rows of the dashboard: lists of segments that are exactly as wide as the screen.

Most of the cost of a dashboard is what rich does with each segment, so a row has only a few of them, and rows that
seldom change are cached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice
from whipbird.models.model import Model
from whipbird.sources.base import Source
from whipbird.terminal.style import BAD, BAR, BOLD, DIM, FOUND, PLAIN, WARN
from whipbird.text import clock_time, one_line

__all__ = ["EVENTS", "Row", "Score", "bar", "event_row", "fit", "heading", "notice_row", "score_row", "title_row"]

EVENTS = 200  # latest events that are kept

Row = list[Segment]


@dataclass(frozen=True, slots=True)
class Score:
    """A row of scores: its name, the length of its bar and its threshold (0 to 1), and whether an event is active."""

    name: str
    shown: float
    on: float
    active: bool


def title_row(models: Sequence[Model], source: Source, progress: Sequence[str], width: int) -> Row:
    names = " + ".join(model.card.name for model in models)
    left = [Segment(" whipbird ", Style(bold=True, reverse=True)), Segment(f" {names} ← ", DIM)]
    hint = f" {' · '.join([*progress, 'Ctrl-C ends'])} "
    room = width - sum(segment.cell_length for segment in left) - len(hint)
    length = f", {source.duration_s:.1f} s" if source.duration_s else ""
    name = set_cell_size(_shorten(one_line(source.name) + length, room), max(0, room))
    return fit([*left, Segment(name, BOLD), Segment(hint, DIM)], width)


def notice_row(report: Notice | GapReport, width: int) -> Row:
    if isinstance(report, GapReport):
        length_s, start = report.end_s - report.begin_s, clock_time(report.begin_s, 2)
        if not report.is_lost:
            return fit([Segment(f" {length_s:.3f} s {report.reason} at {start}", DIM)], width)
        return fit([Segment(f" {length_s:.3f} s lost at {start}: {report.reason}", BAD)], width)
    return fit([Segment(f" {one_line(report.text)}", BAD if report.problem else WARN)], width)


@lru_cache(maxsize=8)
def heading(text: str, width: int) -> Row:
    return [Segment("─ ", DIM), Segment(text, DIM), Segment(" " + "─" * (width - len(text) - 3), DIM)]


@lru_cache(maxsize=1024)
def score_row(score: Score | None, names: int, width: int) -> Row:
    """A label with its score as a bar; `names` is the width of the longest name in cells."""
    if score is None:
        return fit([], width)
    room = max(4, width - names - 9)
    full, threshold = round(room * score.shown), min(room - 1, round(room * score.on))
    name = Segment(f" {set_cell_size(score.name, names)} ", FOUND if score.active else PLAIN)
    score_bar = bar(room, full, threshold, FOUND if score.active else BAR)
    return fit([name, *score_bar, Segment(f" {score.shown:4.0%}", DIM)], width)


@lru_cache(maxsize=EVENTS)
def event_row(event: Detection | None, longest: int, several: bool, width: int) -> Row:
    """An event, with its model if there are several; `longest` is the width of the longest label in cells."""
    if event is None:
        return fit([], width)
    when = event.shown_time.strftime("%H:%M:%S") if event.shown_time else clock_time(event.begin_s, 2)
    label = set_cell_size(event.shown_name, max(4, min(longest, width - len(when) - 9)))
    row = [Segment(f"{when}  ", DIM), Segment(label, FOUND), Segment(f"  {event.score:4.0%}")]
    return fit([*row, Segment(f"  {event.model}", DIM)] if several else row, width)


def bar(room: int, full: int, mark: int, style: Style = BAR) -> Row:
    """A bar of `full` cells on a dotted background of `room` cells, with a mark that is visible on both."""
    cells = "█" * full + "·" * (room - full)
    left, right = cells[:mark], cells[mark + 1 :]
    rest = max(0, full - mark - 1)
    return [
        Segment(left[:full], style),
        Segment(left[full:], DIM),
        Segment("┃" if mark < full else "│", BOLD),
        Segment(right[:rest], style),
        Segment(right[rest:], DIM),
    ]


def fit(row: Row, width: int) -> Row:
    """Cut or pad a row to `width` cells."""
    return Segment.adjust_line_length([segment for segment in row if segment.text], width)


def _shorten(text: str, room: int) -> str:
    """Cut the start of a text that is too long, so that a path keeps the name of its file."""
    if cell_len(text) <= room:
        return text
    while text and cell_len(text) > room - 1:
        text = text[1:]
    return "…" + text
