"""JSON lines: one object on each line, for programs.

Events, gaps and summaries are written; notices are for people and are left out. Seconds count from the start of the
source.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Report, Summary
from whipbird.formats.base import FileFormat, Formatter
from whipbird.formats.cells import VERDICT_COLUMNS, verdict_cells

__all__ = ["JSONL", "JsonFormatter", "as_json"]

DIGITS = 6  # of seconds and scores: microseconds


def _rounded(report: Detection | GapReport | Summary) -> dict[str, Any]:
    """The fields of a report, with its numbers rounded; their names are the keys of the JSON object."""
    return {key: round(value, DIGITS) if isinstance(value, float) else value for key, value in asdict(report).items()}


def as_json(report: Report) -> dict[str, Any] | None:
    """A report as an object for JSON; None for a report that is not written."""
    if isinstance(report, Detection):
        time = report.time.isoformat(timespec="milliseconds") if report.time else None
        fields = _rounded(report) | {"time": time, "time_from": report.time_from if time else None}
        if report.common_name is None:
            del fields["common_name"]
        del fields["verdict"]
        if report.verdict is not None:
            own = dict(zip(VERDICT_COLUMNS, verdict_cells(report), strict=True))
            fields |= own | {"other_label": report.verdict.other, "drawn": report.verdict.drawn}
        return fields
    if isinstance(report, GapReport):
        gap = _rounded(report)
        del gap["source"]
        return {"gap": gap, "source": report.source}
    if isinstance(report, Summary):
        return {"summary": _rounded(report)}
    return None


class JsonFormatter(Formatter):
    """Reports as lines of a file."""

    def line(self, report: Report) -> str:
        fields = as_json(report)
        return "" if fields is None else json.dumps(fields, allow_nan=False) + "\n"


JSONL = FileFormat("jsonl", (".jsonl",), lambda recordings: JsonFormatter())
