"""Audacity labels: start, end and label, separated by tabs, without a header.

Times are in seconds from the start of the track; a decimal comma is read as well. Events of several recordings count
from the start of the first one, as if the recordings had been imported and aligned end to end. A label cannot contain a
tab or a line break. A verdict follows it in brackets: ``capuchinbird [no]``.

Annotations: the recording is named after the file: ``rec01.labels.txt`` belongs to ``rec01``. Frequency ranges, on
lines that start with a backslash, are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from whipbird.events.detection import Detection
from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_rows import (
    Annotations,
    at_line,
    label_in,
    number_in,
    read_annotation,
    row_of,
    tab_rows,
)
from whipbird.formats.base import AnnotationFormat, FileFormat, ListFormatter
from whipbird.formats.cells import cell_seconds
from whipbird.text import one_line

__all__ = ["AUDACITY", "AudacityLabels"]

COLUMNS = ("start", "end", "label")
FREQUENCIES = "\\"
NAME_END = re.compile(r"(\.(audacity|labels))?(\.[^.]+)?$", re.IGNORECASE)
"""The end of a file name, after the name of the recording."""
LIKE_A_NUMBER = re.compile(r"\s*[-+.]*([0-9]|(nan|inf|infinity)\b)", re.IGNORECASE)


class AudacityLabels(ListFormatter):
    """Events as labels."""

    def event_line(self, event: Detection) -> str:
        label = event.label
        if self.verdicts and event.verdict is not None:
            label = f"{label} [{event.verdict.shown}]"
        return _line(self._start_s + event.begin_s, self._start_s + event.end_s, one_line(label))


def _line(start_s: float, end_s: float, label: str) -> str:
    return f"{cell_seconds(start_s)}\t{cell_seconds(end_s)}\t{label}\n"


def _recognises(first: str, suffix: str) -> bool:
    if not first:
        return suffix != ".csv"
    return first.startswith(FREQUENCIES) or ("\t" in first and LIKE_A_NUMBER.match(first) is not None)


def _read(path: Path, text: str, unlabelled: str | None) -> Annotations:
    events = []
    for number, cells in tab_rows(text):
        if not cells[0].startswith(FREQUENCIES):
            with at_line(path, number):
                row = row_of(COLUMNS, cells)
                label = label_in(row, COLUMNS[2:], unlabelled)
                events.append(read_annotation(number_in(row, "start", True), number_in(row, "end", True), label))
    return {NAME_END.sub("", path.name): events}


def _text(annotations: Mapping[str, Sequence[Annotation]]) -> str:
    (events,) = annotations.values()
    return "".join(_line(event.begin_s, event.end_s, event.label) for event in events)


AUDACITY = FileFormat(
    name="audacity",
    endings=(".audacity.txt", ".labels.txt"),
    formatter=lambda recordings: AudacityLabels(),
    over_list=True,
    annotations=AnnotationFormat((".txt",), _recognises, _read, _text),
)
