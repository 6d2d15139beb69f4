"""CSV tables with the columns of BirdNET-Analyzer: one row for each event.

Annotations: the label is the common name, or else the scientific one. The column ``File`` names the recordings as in
Raven tables; without it, the recording is named after the table: ``rec01.BirdNET.results.csv`` belongs to ``rec01``.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from whipbird.events.detection import Detection
from whipbird.events.reports import Opening, Report
from whipbird.formats.annotation_rows import (
    COMMA,
    Annotations,
    at_line,
    checked_name,
    first_line,
    label_in,
    number_in,
    plain,
    read_annotation,
    row_of,
    separated_rows,
    separator_of,
    table,
)
from whipbird.formats.base import AnnotationFormat, FileFormat, Formatter
from whipbird.formats.cells import VERDICT_COLUMNS, cell_score, cell_seconds, verdict_cells
from whipbird.formats.csv_rows import csv_line
from whipbird.recordings.short_names import distinct_ends

__all__ = ["BIRDNET", "BirdnetRows"]

BEGIN, END, SCIENTIFIC, COMMON, FILE = "Start (s)", "End (s)", "Scientific name", "Common name", "File"
COLUMNS = (BEGIN, END, SCIENTIFIC, COMMON, "Confidence", FILE)
BIRDNET_VERDICT = tuple(name.replace("_", " ").capitalize() for name in VERDICT_COLUMNS)
NAME_END = re.compile(r"(\.BirdNET)?(\.results)?(\.[^.]+)?$", re.IGNORECASE)
"""The end of a table's file name, after the name of the recording."""


class BirdnetRows(Formatter):
    """Events as rows.

    The model may know the names of the species. Otherwise a label such as ``Psophodes olivaceus_Eastern
    Whipbird`` is split into its two names, and any other label is written to both columns, as BirdNET-Analyzer does.
    """

    def __init__(self) -> None:
        self._species: dict[tuple[str, str], tuple[str, str]] = {}  # names by model and label

    def head(self) -> str:
        return csv_line(*COLUMNS, *(BIRDNET_VERDICT if self.verdicts else ()))

    def line(self, report: Report) -> str:
        if isinstance(report, Opening):
            self._species = self._species | {
                (listener.model, label): names
                for listener in report.listeners
                for label, names in listener.species.items()
            }
        return super().line(report)

    def event_line(self, event: Detection) -> str:
        split = event.label.split("_", 1)
        names = (event.label, event.common_name) if event.common_name else (split[0], split[-1])
        scientific, common = self._species.get((event.model, event.label), names)
        start, end = cell_seconds(event.begin_s), cell_seconds(event.end_s)
        verdict = verdict_cells(event, self.drawn) if self.verdicts else ()
        return csv_line(start, end, scientific, common, cell_score(event.score), event.source, *verdict)


def _recognises(first: str, suffix: str) -> bool:
    found = {plain(cell.strip('"')) for cell in first.split(separator_of(first))}
    return found >= {plain(BEGIN), plain(END)} and bool(found & {plain(SCIENTIFIC), plain(COMMON)})


def _read(path: Path, text: str, unlabelled: str | None) -> Annotations:
    has_commas = separator_of(first_line(text)[1]) != COMMA
    names, rows = table(path, separated_rows(path, text), [(BEGIN,), (END,), (COMMON, SCIENTIFIC)], (FILE,))
    labels = [name for name in (COMMON, SCIENTIFIC) if name in names]
    found = []
    for number, cells in rows:
        with at_line(path, number):
            row = row_of(names, cells)
            label = label_in(row, labels, unlabelled)
            times = number_in(row, BEGIN, has_commas), number_in(row, END, has_commas)
            place = PurePosixPath(checked_name(row[FILE], FILE).replace("\\", "/")).parts if FILE in names else ()
            found.append((place, read_annotation(*times, label)))
    own = NAME_END.sub("", path.name)
    ends = distinct_ends(place for place, _ in found)
    annotations: Annotations = {} if FILE in names else {own: []}
    for place, event in found:
        annotations.setdefault(ends[place] if place else own, []).append(event)
    return annotations


BIRDNET = FileFormat(
    name="birdnet",
    endings=(".birdnet.csv",),
    formatter=lambda recordings: BirdnetRows(),
    annotations=AnnotationFormat((".csv",), _recognises, _read, None, names_recordings=True),
)
