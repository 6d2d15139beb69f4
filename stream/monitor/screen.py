"""What a station says where there is no dashboard: a line for each event, for people or as JSON, and its log."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta, tzinfo
from typing import TextIO

from stream.detection import Detection
from stream.report import GapReport, Notice, Opening, Report, Summary
from stream.sinks.jsonl import as_json
from stream.text import clock_time, one_line

__all__ = ["Lines", "Log", "line"]

WARNING, NOTICE = 4, 5  # priorities of the journal, see sd-daemon(3)


class Lines:
    """Writes events and gaps of all sources to a text file, a line each, at once.

    Parameters
    ----------
    file : TextIO
    as_objects : bool
        JSON as of ``whipbird listen``; gaps have their ``time``, too.
    zone : tzinfo or None
        In which times are shown; None for the system's.
    """

    def __init__(self, file: TextIO, as_objects: bool, zone: tzinfo | None) -> None:
        self._file = file
        self._as_objects = as_objects
        self._zone = zone
        self._starts: dict[str, datetime | None] = {}

    def write(self, report: Report) -> None:
        if isinstance(report, Opening):
            self._starts[report.source] = report.start
        text = self._object(report) if self._as_objects else line(report, self._zone, self._start(report))
        if text:
            print(text, file=self._file, flush=True)
        if isinstance(report, Summary):
            self._starts.pop(report.source or "", None)

    def _object(self, report: Report) -> str:
        fields = as_json(report)
        if fields is None:
            return ""
        if isinstance(report, GapReport):
            start = self._start(report)
            time = None if start is None else start + timedelta(seconds=report.begin_s)
            fields["time"] = None if time is None else time.isoformat(timespec="milliseconds")
        return json.dumps(fields, allow_nan=False)

    def _start(self, report: Report) -> datetime | None:
        return self._starts.get(report.source) if isinstance(report, GapReport) else None


def line(report: Report, zone: tzinfo | None, start: datetime | None = None) -> str:
    """An event or a gap as a line; nothing for everything else.

    Parameters
    ----------
    start : datetime, optional
        Of the source, if the time of day of a gap is known.
    """
    if isinstance(report, Detection):
        when = _when(report.shown_time, zone, report.begin_s)
        return one_line(f"{when}  {report.source}  {report.label}  {report.score:.0%}  {report.model}")
    if isinstance(report, GapReport):
        begin = None if start is None else start + timedelta(seconds=report.begin_s)
        lost_s = report.end_s - report.begin_s
        return one_line(
            f"{_when(begin, zone, report.begin_s)}  {report.source}  -- {lost_s:.3f} s lost: {report.reason}"
        )
    return ""


def _when(time: datetime | None, zone: tzinfo | None, begin_s: float) -> str:
    return clock_time(begin_s, 2) if time is None else f"{time.astimezone(zone):%Y-%m-%d %H:%M:%S}"


class Log:
    """Writes notices to a text file, usually standard error.

    Parameters
    ----------
    file : TextIO
    journal : bool
        Whether lines begin with their priority.
    """

    def __init__(self, file: TextIO, journal: bool) -> None:
        self._file = file
        self._journal = journal

    def write(self, report: Report) -> None:
        if isinstance(report, Notice):
            prefix = f"<{WARNING if report.problem else NOTICE}>" if self._journal else ""
            with contextlib.suppress(OSError, ValueError):  # nobody reads it
                print(f"{prefix}whipbird: {one_line(report.text)}", file=self._file, flush=True)
