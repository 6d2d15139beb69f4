"""JSON lines on standard output for programs; `whipbird.formats.jsonl` describes them."""

from __future__ import annotations

import json
from typing import TextIO

from whipbird.events.reports import GapReport, Report
from whipbird.formats.jsonl import as_json
from whipbird.terminal.lines import Lines

__all__ = ["JsonLines"]


class JsonLines(Lines):
    """Lines for programs; with ``gap_times``, gaps also have a ``time``."""

    def __init__(self, file: TextIO, gap_times: bool = False) -> None:
        super().__init__(file)
        self._gap_times = gap_times

    def line(self, report: Report) -> str:
        fields = as_json(report)
        if fields is not None and self._gap_times and isinstance(report, GapReport):
            time = self.gap_time(report)
            fields["time"] = None if time is None else time.isoformat(timespec="milliseconds")
        return "" if fields is None else json.dumps(fields, allow_nan=False)
