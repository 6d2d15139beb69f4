"""Converts reports to text for the ledger, and back.

The opening of a recording names its listeners by a digest, and the ledger holds each of them once: a model may have
thousands of labels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Heartbeat, Listener, Notice, Opening, Report, Summary

__all__ = ["restore", "store"]

KINDS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in (Detection, GapReport, Heartbeat, Notice, Opening, Summary)
}
MINUTE = timedelta(minutes=1)


def store(reports: Sequence[Report]) -> tuple[str, dict[str, str]]:
    """Convert reports to JSON; returns it and the listeners, in JSON by their digests."""
    listeners: dict[str, str] = {}
    stored = []
    for report in reports:
        own = _fields(report)
        if isinstance(report, Opening):
            texts = [json.dumps(_fields(listener)) for listener in report.listeners]
            digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
            listeners |= zip(digests, texts, strict=True)
            own["listeners"] = digests
        stored.append([type(report).__name__, own])
    return json.dumps(stored, default=_iso), listeners


def restore(text: str, listeners: Mapping[str, str]) -> list[Report]:
    """Convert JSON to reports; a time zone has become its offset. Raises anything if the text is something else."""
    stored = json.loads(text)
    if not isinstance(stored, list):
        raise ValueError("not a list")
    for _, own in stored:
        if "listeners" in own:  # those of earlier versions are not digests
            own["listeners"] = [
                json.loads(listeners[listener]) if isinstance(listener, str) else listener
                for listener in own["listeners"]
            ]
    return [KINDS[name].validate_python(own) for name, own in stored]


def _fields(report: Report | Listener) -> dict[str, Any]:
    return {field.name: getattr(report, field.name) for field in fields(report)}


def _iso(time: datetime) -> str:
    """Format a time for pydantic: in UTC if its offset has seconds, as some zones had until 1972."""
    whole = not (time.utcoffset() or MINUTE) % MINUTE
    return (time if whole else time.astimezone(UTC)).isoformat()
