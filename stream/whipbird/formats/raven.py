"""Raven selection tables: cells separated by tabs, below a header, one selection for each line.

``Begin Time (s)`` counts from the start of the first recording of a list that is opened as one sound. ``File Offset
(s)`` counts from the start of the recording itself, which ``Begin Path`` and ``Begin File`` name. Cells cannot contain
tabs or line breaks. Raven keeps and shows columns that it does not know, after its own.

`whipbird.formats.raven_annotations` reads tables as annotations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from whipbird.events.detection import Detection
from whipbird.events.reports import Opening, Report
from whipbird.formats.annotation import Annotation
from whipbird.formats.base import AnnotationFormat, FileFormat, ListFormatter
from whipbird.formats.cells import DECIMALS, VERDICT_COLUMNS, cell_score, verdict_cells
from whipbird.formats.raven_annotations import (
    BEGIN,
    CHANNEL,
    END,
    FILE,
    LABELS,
    OFFSET,
    PATH,
    SELECTION,
    VIEW,
    read,
    recognises,
)
from whipbird.text import one_line

__all__ = ["RAVEN", "RavenTable"]

SELECTION_COLUMNS = (SELECTION, VIEW, CHANNEL, BEGIN, END, "Low Freq (Hz)", "High Freq (Hz)")
FILE_COLUMNS = (PATH, FILE, OFFSET)
EVENT_COLUMNS = ("Label", "Common Name", "Score", "Model", "Time", "Time From")
RAVEN_VERDICT = tuple(name.replace("_", " ").title() for name in VERDICT_COLUMNS)
LOW_HZ, HIGH_HZ = 0.0, 8_000.0  # bounds of each selection: Raven refuses one without a range


class RavenTable(ListFormatter):
    """Events as selections. The table names the sources if they are ``recordings``."""

    def __init__(self, recordings: bool) -> None:
        self._recordings = recordings
        self._selection = 0
        self._channel, self._high_hz = 1, HIGH_HZ

    def head(self) -> str:
        files = FILE_COLUMNS if self._recordings else ()
        return _line(*SELECTION_COLUMNS, *files, *EVENT_COLUMNS, *(RAVEN_VERDICT if self.verdicts else ()))

    def line(self, report: Report) -> str:
        if isinstance(report, Opening):
            self._channel = report.channel or 1
            self._high_hz = min(HIGH_HZ, report.rate_hz / 2)
        return super().line(report)

    def event_line(self, event: Detection) -> str:
        self._selection += 1
        bounds_s = self._start_s + event.begin_s, self._start_s + event.end_s
        selection = _selection_cells(self._selection, *bounds_s, self._channel, self._high_hz)
        path = one_line(event.source)
        files = (path, PurePath(path).name, f"{event.begin_s:.{DECIMALS}f}") if self._recordings else ()
        time = event.time.isoformat(timespec="milliseconds") if event.time else ""
        names = one_line(event.label), one_line(event.common_name or "")
        found = cell_score(event.score), one_line(event.model), time, event.time_from
        verdict = map(one_line, verdict_cells(event, self.drawn)) if self.verdicts else ()
        return _line(*selection, *files, *names, *found, *verdict)


def _selection_cells(
    selection: int, begin_s: float, end_s: float, channel: int = 1, high_hz: float = HIGH_HZ
) -> tuple[str, ...]:
    """The cells of a selection, counted from 1, in the order of `SELECTION_COLUMNS`."""
    numbers = (f"{number:.{DECIMALS}f}" for number in (begin_s, end_s, LOW_HZ, high_hz))
    return (str(selection), "Spectrogram 1", str(channel), *numbers)


def _line(*cells: str) -> str:
    return "\t".join(cells) + "\n"


def _text(annotations: Mapping[str, Sequence[Annotation]]) -> str:
    (events,) = annotations.values()
    rows = [
        (*_selection_cells(selection, event.begin_s, event.end_s), event.label)
        for selection, event in enumerate(events, 1)
    ]
    return "".join(_line(*cells) for cells in [(*SELECTION_COLUMNS, LABELS[0]), *rows])


RAVEN = FileFormat(
    name="raven",
    endings=(".raven.txt", ".selections.txt"),
    formatter=RavenTable,
    over_list=True,
    annotations=AnnotationFormat((".tsv", ".txt"), recognises, read, _text),
)
