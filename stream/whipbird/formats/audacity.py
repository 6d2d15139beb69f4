"""Audacity's labels: begin, end and label, separated by tabs, without a header.

Seconds count from the begin of the track. Of several recordings they count from the begin of the first: as if they had
been imported and aligned end to end. A label cannot hold a tab or a line break.
"""

from __future__ import annotations

import re

from whipbird.events.detection import Detection
from whipbird.formats.base import ListForm
from whipbird.formats.cells import cell_seconds
from whipbird.text import one_line

__all__ = ["AUDACITY_COLUMNS", "LABELS_SUFFIXES", "AudacityLabels", "label_line"]

AUDACITY_COLUMNS = ("begin", "end", "label")
LABELS_SUFFIXES = re.compile(r"(\.(audacity|labels))?(\.[^.]+)?$", re.IGNORECASE)
"""What follows the name of the recording in that of its labels."""


def label_line(begin_s: float, end_s: float, label: str) -> str:
    """A label's line, with its end."""
    return f"{cell_seconds(begin_s)}\t{cell_seconds(end_s)}\t{label}\n"


class AudacityLabels(ListForm):
    """Events as labels; the form of a file."""

    def event_line(self, event: Detection) -> str:
        return label_line(self._begin_s + event.begin_s, self._begin_s + event.end_s, one_line(event.label))
