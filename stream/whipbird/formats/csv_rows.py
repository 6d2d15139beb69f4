"""CSV: one row for each event, below a header, for spreadsheets and other programs.

Cells are separated by commas and quoted if they contain commas, quotation marks or line breaks (RFC 4180), in UTF-8,
with a decimal point. The first four columns of events are those of annotations, so that a file of events can be read
as annotations.

Annotations: the header has at least the columns ``recording,begin_s,end_s,label``, in any order. Cells may also be
separated by semicolons or tabs, and then have a decimal comma, as spreadsheets write them in many languages. A row with
a recording alone, its other three fields empty, says that the recording has no events.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from whipbird.events.detection import Detection
from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_rows import (
    COMMA,
    Annotations,
    at_line,
    checked_name,
    first_line,
    label_in,
    number_in,
    read_annotation,
    row_of,
    separated_rows,
    separator_of,
    table,
)
from whipbird.formats.base import AnnotationFormat, FileFormat, Formatter
from whipbird.formats.cells import VERDICT_COLUMNS, cell_score, cell_seconds, cell_time, verdict_cells

__all__ = ["ANNOTATION_COLUMNS", "CSV", "CsvRows", "csv_line"]

ANNOTATION_COLUMNS = ("recording", "begin_s", "end_s", "label")
EVENT_COLUMNS = (
    *ANNOTATION_COLUMNS,
    *("score", "time", "zone", "time_from", "model", "peak_s", "reported_s", "concealed"),
)
ZONE = len("2024-05-01T06:00:12")  # position of the zone in an ISO time
SUFFIX = ".csv"


def csv_line(*cells: str) -> str:
    """A row, with its line break."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


class CsvRows(Formatter):
    """Events as rows."""

    def head(self) -> str:
        return csv_line(*EVENT_COLUMNS, *(VERDICT_COLUMNS if self.verdicts else ()))

    def event_line(self, event: Detection) -> str:
        return csv_line(
            event.source,
            cell_seconds(event.begin_s),
            cell_seconds(event.end_s),
            event.label,
            cell_score(event.score),
            cell_time(event.time),
            event.time.isoformat(timespec="seconds")[ZONE:] if event.time else "",
            event.time_from,
            event.model,
            cell_seconds(event.peak_s),
            cell_seconds(event.reported_s),
            str(event.concealed).lower(),
            *(verdict_cells(event, self.drawn) if self.verdicts else ()),
        )


def _recognises(first: str, suffix: str) -> bool:
    columns = {cell.strip(' "').lower() for cell in first.split(separator_of(first))}
    return bool(columns & set(ANNOTATION_COLUMNS)) or suffix == SUFFIX


def _read(path: Path, text: str, unlabelled: str | None) -> Annotations:
    found: Annotations = {}
    needed = ANNOTATION_COLUMNS if unlabelled is None else ANNOTATION_COLUMNS[:-1]
    has_commas = separator_of(first_line(text)[1]) != COMMA
    names, rows = table(path, separated_rows(path, text), [(name,) for name in needed], ANNOTATION_COLUMNS[-1:])
    labels = [name for name in ANNOTATION_COLUMNS[-1:] if name in names]
    for number, cells in rows:
        with at_line(path, number):
            row = row_of(names, cells)
            events = found.setdefault(checked_name(row["recording"]), [])
            if any(row[name].strip() for name in ("begin_s", "end_s", *labels)):
                label = label_in(row, labels, unlabelled)
                events.append(
                    read_annotation(number_in(row, "begin_s", has_commas), number_in(row, "end_s", has_commas), label)
                )
    return found


def _text(annotations: Mapping[str, Sequence[Annotation]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ANNOTATION_COLUMNS)
    for recording, events in annotations.items():
        rows = [(recording, cell_seconds(event.begin_s), cell_seconds(event.end_s), event.label) for event in events]
        writer.writerows(rows or [(recording, "", "", "")])
    return text.getvalue()


CSV = FileFormat(
    name="csv",
    endings=(SUFFIX,),
    formatter=lambda recordings: CsvRows(),
    annotations=AnnotationFormat((SUFFIX,), _recognises, _read, _text, names_recordings=True),
)
