"""What every format of a list of events has."""

from __future__ import annotations

from whipbird.events.detection import Detection
from whipbird.events.reports import Report, Summary

__all__ = ["Form", "ListForm"]


class Form:
    """How reports become text: events, a line each, unless a subclass has it otherwise.

    Its state may only change in `line`, and only by assignment: it is copied to be undone. ``appends`` says whether
    more can be added to a file of an earlier time.
    """

    appends = True

    def head(self) -> str:
        """What a file starts with."""
        return ""

    def line(self, report: Report) -> str:
        """What is added for a report; nothing for many."""
        return self.event_line(report) if isinstance(report, Detection) else ""

    def event_line(self, event: Detection) -> str:
        """The line of an event, with its end."""
        raise NotImplementedError


class ListForm(Form):
    """A form whose times count over a list of recordings: each starts where the one before it ends."""

    appends = False
    _begin_s = 0.0  # of the recording that is being processed

    def line(self, report: Report) -> str:
        if isinstance(report, Summary) and report.source is not None:
            self._begin_s += report.heard_s + report.lost_s
        return super().line(report)
