"""Plain lines, one for each report, for people and logs."""

from __future__ import annotations

import contextlib
from datetime import datetime, tzinfo
from typing import TextIO

from whipbird.audio.clock import Clock
from whipbird.audio.gap import BELOW_TRIGGER
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice, Opening, Report, Summary
from whipbird.sinks.publisher import Sink
from whipbird.text import clock_time, counted, message, one_line

__all__ = ["NAME_WIDTH", "Lines", "PlainLines", "PrintedReport", "ProblemLines", "as_line"]

PrintedReport = Detection | GapReport | Notice | Summary
"""Reports that are printed for people."""

NAME_WIDTH = 16  # characters, at least
WARNING, NOTICE = 4, 5  # priorities of the journal, see sd-daemon(3)


def as_line(report: PrintedReport, name_width: int = NAME_WIDTH) -> str:
    """A report as one line; the name of an event takes at least ``name_width`` characters."""
    return one_line(_line(report, name_width))


def _line(report: PrintedReport, name_width: int) -> str:
    if isinstance(report, Detection):
        name = f"{report.shown_name:<{name_width}}"
        text = f"{clock_time(report.begin_s, 2)}  {name} {report.score:4.0%}  {report.model}"
        return text if report.shown_time is None else f"{text}  {report.shown_time.isoformat(' ', 'seconds')}"
    if isinstance(report, GapReport):
        return f"{clock_time(report.begin_s, 2)}  -- {report.shown(3)}"
    if isinstance(report, Summary):
        return _summary_line(report)
    return report.text


def _summary_line(summary: Summary) -> str:
    events = counted(summary.events, "event")
    parts = [f"heard {summary.heard_s:.1f} s", f"lost {summary.lost_s:.1f} s"]
    if summary.below_trigger_s:
        parts.append(f"{summary.below_trigger_s:.1f} s {BELOW_TRIGGER}")
    parts.append(events)
    if summary.held_back:
        parts.append(f"{summary.held_back} held back")
    parts.append(f"{summary.realtime_factor:.3g} times real time")
    if summary.delay_p50_s is not None and summary.delay_p95_s is not None:
        parts.append(f"delay {1000 * summary.delay_p50_s:.0f} ms (p95 {1000 * summary.delay_p95_s:.0f} ms)")
    return f"{summary.source or 'all'}: {', '.join(parts)}"


class Lines(Sink):
    """Writes each report to a text file, as a line that a subclass makes, and flushes it."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._starts: dict[str | None, datetime | None] = {}

    def write(self, report: Report) -> None:
        if isinstance(report, Opening):
            self._starts[report.source] = report.start
        if text := self.line(report):
            print(text, file=self._file, flush=True)
        if isinstance(report, Summary):
            self._starts.pop(report.source, None)

    def line(self, report: Report) -> str:
        """A report as a line without a line break; empty for reports that are not printed."""
        raise NotImplementedError

    def gap_time(self, gap: GapReport) -> datetime | None:
        """Time of the start of a gap, if the start time of its source is known."""
        return Clock(self._starts.get(gap.source)).at(gap.begin_s)


class PlainLines(Lines):
    """Lines for people: for one source, or for several, with source names and times of day but without summaries.

    Times of day are shown in ``zone``; None for the system's. The column of names is as wide as the longest one so far.
    """

    def __init__(self, file: TextIO, several: bool = False, zone: tzinfo | None = None) -> None:
        super().__init__(file)
        self._several = several
        self._zone = zone
        self._name_width = NAME_WIDTH

    def line(self, report: Report) -> str:
        if isinstance(report, Detection):
            self._name_width = max(self._name_width, len(report.shown_name))
        if not self._several:
            return as_line(report, self._name_width) if isinstance(report, Detection | GapReport | Summary) else ""
        if isinstance(report, Detection):
            what = f"{report.shown_name}  {report.score:.0%}  {report.model}"
            return one_line(f"{self._when(report.shown_time, report.begin_s)}  {report.source}  {what}")
        if isinstance(report, GapReport):
            when = self._when(self.gap_time(report), report.begin_s)
            return one_line(f"{when}  {report.source}  -- {report.shown(3)}")
        return ""

    def _when(self, time: datetime | None, begin_s: float) -> str:
        return clock_time(begin_s, 2) if time is None else f"{time.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"


class ProblemLines(Sink):
    """Writes notices to a text file, after their priority if the file is the system's ``journal``."""

    def __init__(self, file: TextIO, journal: bool = False) -> None:
        self._file = file
        self._journal = journal

    def write(self, report: Report) -> None:
        if isinstance(report, Notice):
            prefix = f"<{WARNING if report.problem else NOTICE}>" if self._journal else ""
            with contextlib.suppress(OSError, ValueError):  # the reader is gone; listening continues
                print(f"{prefix}whipbird: {message(report.text)}", file=self._file, flush=True)
