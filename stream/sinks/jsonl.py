"""JSON lines: one object a line, for programs.

Events, gaps and summaries; notices are for people and go elsewhere. Seconds count from the start of the source.
"""

from __future__ import annotations

import json
from typing import Any, TextIO

from stream.detection import Detection
from stream.report import GapReport, Report, Summary
from stream.sinks.plain import Lines
from stream.sinks.text_file import Form

__all__ = ["JsonForm", "JsonLines", "as_json"]

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


class JsonForm(Form):
    """The same lines as the form of a file."""

    def line(self, report: Report) -> str:
        fields = as_json(report)
        return "" if fields is None else json.dumps(fields, allow_nan=False) + "\n"


class JsonLines(Lines):
    """Lines for programs.

    Parameters
    ----------
    gap_times : bool
        Whether gaps have their ``time``, too.
    """

    def __init__(self, file: TextIO, gap_times: bool = False) -> None:
        super().__init__(file)
        self._gap_times = gap_times

    def line(self, report: Report) -> str:
        fields = as_json(report)
        if fields is not None and self._gap_times and isinstance(report, GapReport):
            time = self.gap_time(report)
            fields["time"] = None if time is None else time.isoformat(timespec="milliseconds")
        return "" if fields is None else json.dumps(fields, allow_nan=False)
