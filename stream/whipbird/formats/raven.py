"""Raven's selection tables: cells separated by tabs, below a header, one selection a line.

``Begin Time (s)`` counts from the begin of the first recording of a list that is opened as one sound, ``File Offset
(s)`` from the begin of the recording itself, which ``Begin Path`` and ``Begin File`` name. Cells cannot hold tabs or
line breaks. Columns that Raven does not know, behind its own, are kept and shown by it.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from whipbird.events.detection import Detection
from whipbird.events.reports import Opening, Report
from whipbird.formats.base import ListForm
from whipbird.formats.cells import DECIMALS, cell_score
from whipbird.text import one_line

__all__ = [
    "BEGIN",
    "END",
    "FILE",
    "OFFSET",
    "SELECTION",
    "SELECTION_COLUMNS",
    "TABLE_SUFFIXES",
    "RavenTable",
    "selection_cells",
    "table_line",
]

SELECTION, BEGIN, END = "Selection", "Begin Time (s)", "End Time (s)"
PATH, FILE, OFFSET = "Begin Path", "Begin File", "File Offset (s)"
SELECTION_COLUMNS = (SELECTION, "View", "Channel", BEGIN, END, "Low Freq (Hz)", "High Freq (Hz)")
FILE_COLUMNS = (PATH, FILE, OFFSET)
EVENT_COLUMNS = ("Label", "Score", "Model", "Time", "Time From")
LOW_HZ, HIGH_HZ = 0.0, 8_000.0  # what bounds each selection: Raven refuses one that spans nothing

TABLE_SUFFIXES = re.compile(r"(\.Table\.[0-9]+)?(\.(selections|raven))?(\.[^.]+)?$", re.IGNORECASE)
"""What follows the name of the recording in that of its table."""


def selection_cells(
    selection: int, begin_s: float, end_s: float, channel: int = 1, high_hz: float = HIGH_HZ
) -> tuple[str, ...]:
    """Raven's own cells of a selection, counted from 1, in the order of `SELECTION_COLUMNS`."""
    numbers = (f"{number:.{DECIMALS}f}" for number in (begin_s, end_s, LOW_HZ, high_hz))
    return (str(selection), "Spectrogram 1", str(channel), *numbers)


def table_line(*cells: str) -> str:
    """A line of a table, with its end."""
    return "\t".join(cells) + "\n"


class RavenTable(ListForm):
    """Events as selections; the form of a file. The table names the sources if they are ``recordings``."""

    def __init__(self, recordings: bool) -> None:
        self._recordings = recordings
        self._selection = 0
        self._channel, self._high_hz = 1, HIGH_HZ

    def head(self) -> str:
        files = FILE_COLUMNS if self._recordings else ()
        return table_line(*SELECTION_COLUMNS, *files, *EVENT_COLUMNS)

    def line(self, report: Report) -> str:
        if isinstance(report, Opening):
            self._channel = report.channel or 1
            self._high_hz = min(HIGH_HZ, report.rate_hz / 2)
        return super().line(report)

    def event_line(self, event: Detection) -> str:
        self._selection += 1
        bounds_s = self._begin_s + event.begin_s, self._begin_s + event.end_s
        selection = selection_cells(self._selection, *bounds_s, self._channel, self._high_hz)
        path = one_line(event.source)
        files = (path, PurePath(path).name, f"{event.begin_s:.{DECIMALS}f}") if self._recordings else ()
        time = event.time.isoformat(timespec="milliseconds") if event.time else ""
        own = (one_line(event.label), cell_score(event.score), one_line(event.model), time, event.time_from)
        return table_line(*selection, *files, *own)
