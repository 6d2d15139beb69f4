"""Outcome of one shard, as a worker returns it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from whipbird.events.window_vector import WindowVector

__all__ = ["FAILED", "NEEDS_WHOLE", "PROCESSED", "ShardOutcome"]


PROCESSED, FAILED, NEEDS_WHOLE = "heard", "failed", "uneven"  # status of a recording or piece, as it is stored


@dataclass
class ShardOutcome:
    """Rows of events and of recordings, and the tracebacks of unexpected errors.

    Attributes
    ----------
    number : int
        Of the shard.
    events, recordings : list of dict
        Rows, see `whipbird.scan.tables`.
    windows : list of dict
        Scores of windows, in rows like those of events, if they are wanted.
    embeddings : list of WindowVector
        Of windows, if they are wanted.
    tracebacks : dict from str to str
        By the name that the recording's row holds.
    """

    number: int
    events: list[dict[str, Any]] = field(default_factory=list)
    recordings: list[dict[str, Any]] = field(default_factory=list)
    windows: list[dict[str, Any]] = field(default_factory=list)
    embeddings: list[WindowVector] = field(default_factory=list)
    tracebacks: dict[str, str] = field(default_factory=dict)
