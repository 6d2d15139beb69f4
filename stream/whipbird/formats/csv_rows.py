"""CSV: one row an event, below a header, for spreadsheets and for other programs.

Cells are separated by commas and quoted where they hold commas, quotation marks or line breaks (RFC 4180), in UTF-8,
with a decimal point. The first four columns are those of annotations: `whipbird evaluate` reads such a file as one.
"""

from __future__ import annotations

import csv
import io

from whipbird.events.detection import Detection
from whipbird.formats.base import Form
from whipbird.formats.cells import cell_score, cell_seconds, cell_time

__all__ = ["ANNOTATION_COLUMNS", "BirdnetRows", "CsvRows", "csv_line"]

ANNOTATION_COLUMNS = ("recording", "begin_s", "end_s", "label")
EVENT_COLUMNS = (
    *ANNOTATION_COLUMNS,
    *("score", "time", "zone", "time_from", "model", "peak_s", "reported_s", "concealed"),
)
ZONE = len("2024-05-01T06:00:12")  # where it begins in an ISO time
BIRDNET_COLUMNS = ("Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File")


def csv_line(*cells: str) -> str:
    """A row, with its end."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


class CsvRows(Form):
    """Events as rows; the form of a file."""

    def head(self) -> str:
        return csv_line(*EVENT_COLUMNS)

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
        )


class BirdnetRows(Form):
    """Events as rows of a table such as BirdNET-Analyzer writes; the form of a file.

    A label such as ``Psophodes olivaceus_Eastern Whipbird`` is taken apart; any other stands in both columns, as it
    does there.
    """

    def head(self) -> str:
        return csv_line(*BIRDNET_COLUMNS)

    def event_line(self, event: Detection) -> str:
        scientific, common = event.label.split("_", 1)[0], event.label.split("_", 1)[-1]
        begin, end = cell_seconds(event.begin_s), cell_seconds(event.end_s)
        return csv_line(begin, end, scientific, common, cell_score(event.score), event.source)
