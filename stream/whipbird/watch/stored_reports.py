"""Converts reports to text for the ledger, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Heartbeat, Notice, Opening, Report, Summary

__all__ = ["restore", "store"]

KINDS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in (Detection, GapReport, Heartbeat, Notice, Opening, Summary)
}
MINUTE = timedelta(minutes=1)


def store(reports: Sequence[Report]) -> str:
    """Convert reports to JSON."""
    return json.dumps([[type(report).__name__, asdict(report)] for report in reports], default=_iso)


def restore(text: str) -> list[Report]:
    """Convert JSON to reports; a time zone has become its offset. Raises anything if the text is something else."""
    stored = json.loads(text)
    if not isinstance(stored, list):
        raise ValueError("not a list")
    return [KINDS[name].validate_python(fields) for name, fields in stored]


def _iso(time: datetime) -> str:
    """Format a time for pydantic: in UTC if its offset has seconds, as some zones had until 1972."""
    whole = not (time.utcoffset() or MINUTE) % MINUTE
    return (time if whole else time.astimezone(UTC)).isoformat()
