"""Recordings as one long sound, each beginning where the one before it ends, as programs open a list of them."""

from __future__ import annotations

from dataclasses import dataclass

from stream.report import Report, Summary

__all__ = ["Timeline"]


@dataclass(frozen=True)
class Timeline:
    """Where the recording that is heard begins.

    Attributes
    ----------
    begin_s : float
        From the begin of the first.
    """

    begin_s: float = 0.0

    def after(self, report: Report) -> Timeline:
        """The timeline after a report: at the end of a recording, with events or without, another begins."""
        if isinstance(report, Summary) and report.source is not None:
            return Timeline(self.begin_s + report.heard_s + report.lost_s)
        return self
