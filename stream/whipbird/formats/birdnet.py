"""CSV tables with the columns of BirdNET-Analyzer: one row for each event."""

from __future__ import annotations

from whipbird.events.detection import Detection
from whipbird.events.reports import Opening, Report
from whipbird.formats.base import FileFormat, Formatter
from whipbird.formats.cells import cell_score, cell_seconds
from whipbird.formats.csv_rows import csv_line

__all__ = ["BIRDNET", "BirdnetRows"]

COLUMNS = ("Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File")


class BirdnetRows(Formatter):
    """Events as rows.

    The model may know the names of the species. Otherwise a label such as ``Psophodes olivaceus_Eastern
    Whipbird`` is split into its two names, and any other label is written to both columns, as BirdNET-Analyzer does.
    """

    def __init__(self) -> None:
        self._species: dict[tuple[str, str], tuple[str, str]] = {}  # names by model and label

    def head(self) -> str:
        return csv_line(*COLUMNS)

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
        return csv_line(start, end, scientific, common, cell_score(event.score), event.source)


BIRDNET = FileFormat("birdnet", (".birdnet.csv",), lambda recordings: BirdnetRows())
