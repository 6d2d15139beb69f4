"""JSON lines: one object a line, for programs.

Events, gaps and summaries; notices are for people and go elsewhere. Seconds count from the start of the source.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TextIO

from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Report, Summary
from whipbird.formats.base import Form
from whipbird.terminal.lines import Lines

__all__ = ["JsonForm", "JsonLines", "as_json"]

DIGITS = 6  # of seconds and scores: microseconds


def _rounded(report: Detection | GapReport | Summary) -> dict[str, Any]:
    """The fields of a report; they are the keys of its object."""
    return {key: round(value, DIGITS) if isinstance(value, float) else value for key, value in asdict(report).items()}


def as_json(report: Report) -> dict[str, Any] | None:
    """A report as an object that JSON can hold; None for those that are not told."""
    if isinstance(report, Detection):
        time = report.time.isoformat(timespec="milliseconds") if report.time else None
        return _rounded(report) | {"time": time, "time_from": report.time_from if time else None}
    if isinstance(report, GapReport):
        gap = _rounded(report)
        del gap["source"]
        return {"gap": gap, "source": report.source}
    if isinstance(report, Summary):
        return {"summary": _rounded(report)}
    return None


class JsonForm(Form):
    """The same lines as the form of a file."""

    def line(self, report: Report) -> str:
        fields = as_json(report)
        return "" if fields is None else json.dumps(fields, allow_nan=False) + "\n"


class JsonLines(Lines):
    """Lines for programs; with ``gap_times``, gaps have their ``time`` as well."""

    def __init__(self, file: TextIO, gap_times: bool = False) -> None:
        super().__init__(file)
        self._gap_times = gap_times

    def line(self, report: Report) -> str:
        fields = as_json(report)
        if fields is not None and self._gap_times and isinstance(report, GapReport):
            time = self.gap_time(report)
            fields["time"] = None if time is None else time.isoformat(timespec="milliseconds")
        return "" if fields is None else json.dumps(fields, allow_nan=False)
