"""Findings of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Status"]


class Status(StrEnum):
    """What a finding means: it works; something optional is missing; something needed does not work."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes
    ----------
    check : str
        What was checked, such as ``model commands``.
    status : Status
    text : str
    next : str or None
        Command to type next, if there is something to do.
    """

    check: str
    status: Status
    text: str
    next: str | None = None
