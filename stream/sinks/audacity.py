"""Audacity's labels: begin, end and label, separated by tabs, without a header.

Seconds count from the begin of the track. Of several recordings they count from the begin of the first: as if they had
been imported and aligned end to end. A label cannot hold a tab or a line break.
"""

from __future__ import annotations

import re

from stream.detection import Detection
from stream.report import Report
from stream.sinks.cells import cell_seconds
from stream.sinks.timeline import Timeline
from stream.text import one_line

__all__ = ["AUDACITY_COLUMNS", "LABELS_SUFFIXES", "AudacityLabels", "label_line"]

AUDACITY_COLUMNS = ("begin", "end", "label")
LABELS_SUFFIXES = re.compile(r"(\.(audacity|labels))?(\.[^.]+)?$", re.IGNORECASE)
"""What follows the name of the recording in that of its labels."""


def label_line(begin_s: float, end_s: float, label: str) -> str:
    """A label's line, with its end."""
    return f"{cell_seconds(begin_s)}\t{cell_seconds(end_s)}\t{label}\n"


class AudacityLabels:
    """Events as labels; the form of a file."""

    appends = False

    def __init__(self) -> None:
        self._timeline = Timeline()

    def head(self) -> str:
        return ""

    def line(self, report: Report) -> str:
        self._timeline = self._timeline.after(report)
        if not isinstance(report, Detection):
            return ""
        begin_s = self._timeline.begin_s
        return label_line(begin_s + report.begin_s, begin_s + report.end_s, one_line(report.label))
