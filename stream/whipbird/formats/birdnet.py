"""CSV tables with the columns of BirdNET-Analyzer: one row for each event."""

from __future__ import annotations

from whipbird.events.detection import Detection
from whipbird.formats.base import FileFormat, Formatter
from whipbird.formats.cells import cell_score, cell_seconds
from whipbird.formats.csv_rows import csv_line

__all__ = ["BIRDNET", "BirdnetRows"]

COLUMNS = ("Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File")


class BirdnetRows(Formatter):
    """Events as rows.

    A label such as ``Psophodes olivaceus_Eastern Whipbird`` is split into its two names. Any other label is written to
    both columns, as BirdNET-Analyzer does.
    """

    def head(self) -> str:
        return csv_line(*COLUMNS)

    def event_line(self, event: Detection) -> str:
        scientific, common = event.label.split("_", 1)[0], event.label.split("_", 1)[-1]
        start, end = cell_seconds(event.begin_s), cell_seconds(event.end_s)
        return csv_line(start, end, scientific, common, cell_score(event.score), event.source)


BIRDNET = FileFormat("birdnet", (".birdnet.csv",), lambda recordings: BirdnetRows())
