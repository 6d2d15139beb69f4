"""Dashboard of a station: a row for each source, the latest events, and notices."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.style import Style

from whipbird.audio.gap import Gap
from whipbird.audio.ring import Reader
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice, Report
from whipbird.sinks.publisher import Sink
from whipbird.station.health import Health, State
from whipbird.station.sources_table import ON_DASHBOARD, sources_table
from whipbird.terminal.style import BAD, BOLD, DIM, FOUND, PLAIN, WARN, decibels, meter_share
from whipbird.text import clock_time, one_line, short_time

if TYPE_CHECKING:
    from whipbird.sources.base import RunningSource

__all__ = ["REFRESH_S", "StationDashboard"]

REFRESH_S = 0.5
METER = 8  # cells
INDENT = 2  # cells
MAX_WIDTH = 1000
MAX_KEPT = 200

Cell = tuple[str, Style]


class StationDashboard(Sink):
    """Shows a station; a sink and a context manager. Times are shown in ``zone``; None selects the system's zone."""

    def __init__(self, console: Console, zone: tzinfo | None) -> None:
        self._console = console
        self._zone = zone
        self._live = Live(self, console=console, screen=True, auto_refresh=False, transient=True)
        self._readers: dict[str, tuple[Reader, int]] = {}
        self._levels_db: dict[str, float] = {}
        self._events: deque[Detection] = deque(maxlen=MAX_KEPT)
        self._notices: deque[tuple[datetime, Notice | GapReport]] = deque(maxlen=MAX_KEPT)
        self._station = ""
        self._healths: Sequence[Health] = ()
        self._outputs: Sequence[dict[str, Any]] = ()
        self._started_s = time.monotonic()

    def __enter__(self) -> StationDashboard:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def attach(self, running: RunningSource) -> None:
        """Show the level of this source, which has not started."""
        if running.source.live:
            self._readers[running.source.name] = running.ring.reader(), running.ring.capacity

    def write(self, report: Report) -> None:
        """Add a report; called on the publisher's thread."""
        if isinstance(report, Detection):
            self._events.append(report)
        elif isinstance(report, Notice | GapReport):
            self._notices.append((datetime.now(UTC), report))

    def show(self, station: str, healths: Sequence[Health], outputs: Sequence[dict[str, Any]]) -> None:
        """Redraw the dashboard with the current state."""
        self._station, self._healths, self._outputs = station, healths, outputs
        for name, (reader, capacity) in list(self._readers.items()):
            square, count = 0.0, 0
            while (item := reader.read(capacity)) is not None:
                if not isinstance(item, Gap):
                    square, count = square + float(np.vdot(item, item)), count + item.size
            rms = math.sqrt(square / count) if count else 0.0
            self._levels_db[name] = decibels(rms)
        self._live.refresh()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or console.height
        for number, row in enumerate(self._rows(width, height)):
            if number:
                yield Segment.line()
            yield from Segment.adjust_line_length([Segment(text, style) for text, style in row if text], width)

    def _rows(self, width: int, height: int) -> list[list[Cell]]:
        rows = [self._title_row(width), []]
        room = max(1, min(len(self._healths), height - 9))
        rows += self._source_rows(width, room)
        if len(self._healths) > room:
            rows.append([(f"  … and {len(self._healths) - room} more; enlarge the window to see them", DIM)])
        rest = height - len(rows) - 3
        notices = max(2, rest // 3)
        rows += [[], _heading("events", width), *self._event_rows(rest - notices - 1)]
        rows += [[] for _ in range(height - notices - 2 - len(rows))]
        rows += [_heading("notices", width), *self._notice_rows(notices, width), self._output_row()]
        return rows[:height]

    def _title_row(self, width: int) -> list[Cell]:
        hint = "Ctrl-C ends "
        up = f"  up {short_time(time.monotonic() - self._started_s)}"
        name = set_cell_size(one_line(self._station), min(cell_len(one_line(self._station)), max(0, width - 40)))
        used = len(" whipbird ") + 1 + cell_len(name) + len(up) + len(hint)
        return [
            (" whipbird ", Style(bold=True, reverse=True)),
            (f" {name}", BOLD),
            (up, DIM),
            (" " * max(1, width - used), PLAIN),
            (hint, DIM),
        ]

    def _source_rows(self, width: int, room: int) -> list[list[Cell]]:
        healths = list(self._healths)
        if len(healths) > room:
            healths = sorted(healths, key=lambda one: one.is_well)[:room]
        levels = {health.name: self._level(health) for health in healths if health.state is State.LISTENING}
        rows = [health.as_object() for health in healths]
        table = sources_table(rows, self._today().isoformat(), ON_DASHBOARD, levels, width - INDENT)
        options = self._console.options.update(width=MAX_WIDTH, height=None)  # lines that are too long are cut off
        lines = self._console.render_lines(table, options, pad=False)
        return [[(" " * INDENT, PLAIN), *((one.text, one.style or PLAIN) for one in line)] for line in lines]

    def _level(self, health: Health) -> str:
        level_db = self._levels_db.get(health.name, -99.0)
        full = round(METER * meter_share(level_db))
        return f"{'█' * full}{'·' * (METER - full)} {level_db:4.0f} dB"

    def _event_rows(self, room: int) -> list[list[Cell]]:
        rows: list[list[Cell]] = []
        for event in list(self._events)[::-1][: max(0, room)]:
            source = one_line(os.path.basename(event.source))
            rows.append(
                [
                    (f"  {self._when(event):<10}  ", DIM),
                    (set_cell_size(one_line(event.shown_name), 16), FOUND),
                    (f" {event.score:4.0%}  ", PLAIN),
                    (source, PLAIN),
                    (f"  {event.model}", DIM),
                ]
            )
        return rows or [[("  nothing yet", DIM)]][: max(0, room)]

    def _when(self, event: Detection) -> str:
        """Time of an event of today, date of another, or the seconds in its recording if neither is known."""
        if event.shown_time is None:
            return clock_time(event.begin_s, 2)
        time_ = event.shown_time.astimezone(self._zone)
        return f"{time_:%H:%M:%S}" if time_.date() == self._today() else f"{time_:%Y-%m-%d}"

    def _today(self) -> date:
        return datetime.now(UTC).astimezone(self._zone).date()

    def _notice_rows(self, room: int, width: int) -> list[list[Cell]]:
        """The latest notices, broken between words; of the oldest, as many lines as there is room for."""
        rows: list[list[Cell]] = []
        for when, report in list(self._notices)[-room:]:
            if isinstance(report, GapReport):
                text, style = f"{report.source}: {report.shown(1)}", WARN if report.is_lost else PLAIN
            else:
                text, style = report.text, BAD if report.problem else PLAIN
            cells = max(1, width - 12)
            for number, line in enumerate(wrap(one_line(text), cells)):
                start = f"  {when.astimezone(self._zone):%H:%M:%S}  " if number == 0 else " " * 12
                rows.append([(start, DIM), (set_cell_size(line, cells), style)])
        rows = rows[-room:] if room > 0 else []
        return rows + [[] for _ in range(room - len(rows))]

    def _output_row(self) -> list[Cell]:
        row: list[Cell] = []
        for output in self._outputs:
            failing, waiting = output["failing_s"], output["backlog"]
            name = one_line(str(output["name"]).rsplit("/", 1)[-1] or str(output["name"]))
            text = f"{name} failing, {waiting} waiting" if failing else f"{name} {waiting} waiting" if waiting else name
            row += [("  " if not row else " · ", DIM), (text, BAD if failing or output["lost"] else PLAIN)]
        return row or [("  no outputs", DIM)]


def _heading(text: str, width: int) -> list[Cell]:
    return [(f"─ {text} {'─' * max(0, width - len(text) - 3)}", DIM)]
