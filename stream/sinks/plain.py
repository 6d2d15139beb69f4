"""Plain lines: one a report, for people and for logs."""

from __future__ import annotations

import contextlib
from typing import TextIO

from stream.detection import Detection
from stream.report import GapReport, Notice, Report, Summary
from stream.text import clock_time, counted, one_line

__all__ = ["PlainLines", "Problems", "Told", "as_line"]

Told = Detection | GapReport | Notice | Summary
"""What people are told."""


def as_line(report: Told) -> str:
    """A report as one line."""
    return one_line(_line(report))


def _line(report: Told) -> str:
    if isinstance(report, Detection):
        spoken = f"{clock_time(report.begin_s, 2)}  {report.label:<16} {report.score:4.0%}  {report.model}"
        return spoken if report.shown_time is None else f"{spoken}  {report.shown_time.isoformat(' ', 'seconds')}"
    if isinstance(report, GapReport):
        lost = report.end_s - report.begin_s
        return f"{clock_time(report.begin_s, 2)}  -- {lost:.3f} s lost: {report.reason}"
    if isinstance(report, Summary):
        return _summary_line(report)
    return report.text


def _summary_line(summary: Summary) -> str:
    events = counted(summary.events, "event")
    parts = [f"heard {summary.heard_s:.1f} s", f"lost {summary.lost_s:.1f} s", events]
    parts.append(f"{summary.realtime_factor:.3g} times real time")
    if summary.delay_p50_s is not None and summary.delay_p95_s is not None:
        parts.append(f"delay {1000 * summary.delay_p50_s:.0f} ms (p95 {1000 * summary.delay_p95_s:.0f} ms)")
    return f"{summary.source or 'all'}: {', '.join(parts)}"


class PlainLines:
    """Writes events, gaps and summaries to a text file, a line each, at once."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, report: Report) -> None:
        if isinstance(report, Detection | GapReport | Summary):
            print(as_line(report), file=self._file, flush=True)


class Problems:
    """Writes notices to a text file, usually standard error."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, report: Report) -> None:
        if isinstance(report, Notice):
            with contextlib.suppress(OSError, ValueError):  # nobody reads it; that is no reason to stop listening
                print(f"whipbird: {one_line(report.text)}", file=self._file, flush=True)
