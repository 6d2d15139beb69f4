"""RecordingOutcome of one recording of a shard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["FAILED", "HEARD", "UNEVEN", "RecordingOutcome"]


HEARD, FAILED, UNEVEN = "heard", "failed", "uneven"


@dataclass
class RecordingOutcome:
    """What became of a shard: rows of events and of recordings, and the tracebacks of what was not foreseen."""

    number: int
    events: list[dict[str, Any]] = field(default_factory=list)
    recordings: list[dict[str, Any]] = field(default_factory=list)
    tracebacks: dict[str, str] = field(default_factory=dict)
