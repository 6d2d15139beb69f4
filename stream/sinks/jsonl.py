"""JSON lines: one object a line, for programs.

Events, gaps and summaries; notices are for people and go elsewhere. Seconds count from the start of the source.
"""

from __future__ import annotations

import json
from typing import Any, TextIO

from stream.detection import Detection
from stream.report import GapReport, Report, Summary

__all__ = ["JsonForm", "JsonLines", "as_json", "json_line"]

DIGITS = 6  # of seconds and scores: microseconds


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def as_json(report: Report) -> dict[str, Any] | None:
    """A report as an object that JSON can hold; None for those that are not told."""
    if isinstance(report, Detection):
        return {
            "label": report.label,
            "begin_s": _round(report.begin_s),
            "peak_s": _round(report.peak_s),
            "end_s": _round(report.end_s),
            "reported_s": _round(report.reported_s),
            "score": _round(report.score),
            "source": report.source,
            "model": report.model,
            "begin_sample": report.begin_sample,
            "time": report.time.isoformat(timespec="milliseconds") if report.time else None,
            "time_from": report.time_from if report.time else None,
            "concealed": report.concealed,
        }
    if isinstance(report, GapReport):
        gap = {"begin_s": _round(report.begin_s), "end_s": _round(report.end_s), "reason": report.reason}
        return {"gap": gap, "source": report.source}
    if isinstance(report, Summary):
        return {
            "summary": {
                "source": report.source,
                "heard_s": _round(report.heard_s),
                "lost_s": _round(report.lost_s),
                "events": report.events,
                "realtime_factor": _round(report.realtime_factor),
                "delay_p50_s": _round(report.delay_p50_s),
                "delay_p95_s": _round(report.delay_p95_s),
            }
        }
    return None


def json_line(report: Report) -> str:
    """A report as a line, with its end; empty for those that are not told."""
    fields = as_json(report)
    return "" if fields is None else json.dumps(fields, allow_nan=False) + "\n"


class JsonForm:
    """The same lines as the form of a file, see `stream.sinks.text_file`."""

    appends = True

    def head(self) -> str:
        return ""

    def line(self, report: Report) -> str:
        return json_line(report)


class JsonLines:
    """Writes reports to an open file, a line each, at once."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, report: Report) -> None:
        line = json_line(report)
        if line:
            print(line, end="", file=self._file, flush=True)
