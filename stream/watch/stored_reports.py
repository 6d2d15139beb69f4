"""Reports as text that can be kept, and be made reports again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from stream.detection import Detection
from stream.report import GapReport, Heartbeat, Listener, Notice, Opening, Report, Summary

__all__ = ["restore", "store"]

KINDS = {kind.__name__: kind for kind in (Detection, GapReport, Heartbeat, Notice, Opening, Summary)}
TIMES = frozenset({"opened", "start", "time"})  # fields that hold one, with its zone


def store(reports: Sequence[Report]) -> str:
    """Reports as JSON."""
    return json.dumps([[type(report).__name__, asdict(report)] for report in reports], default=datetime.isoformat)


def restore(text: str) -> list[Report]:
    """The same reports again; a zone has become its offset."""
    return [_report(name, fields) for name, fields in json.loads(text)]


def _report(name: str, fields: dict[str, Any]) -> Report:
    for field in TIMES & fields.keys():
        if fields[field] is not None:
            fields[field] = datetime.fromisoformat(fields[field])
    if name == Opening.__name__:
        fields["listeners"] = tuple(
            Listener(**listener | {"labels": tuple(listener["labels"])}) for listener in fields["listeners"]
        )
    report: Report = KINDS[name](**fields)
    return report
