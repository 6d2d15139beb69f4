"""Events as other programs get them: through a broker, a webhook or a command."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from stream.detection import Detection
from stream.sinks.jsonl import as_json

__all__ = ["event_id", "event_message", "to_json"]

ID_DIGITS = 32  # hexadecimal: 128 bits, so that no two events share one


def event_message(event: Detection, station: str) -> dict[str, Any]:
    """An event as `as_json` tells it, before it ``id`` and ``station``."""
    fields = as_json(event)
    assert fields is not None
    return {"id": event_id(event, station), "station": station, **fields}


def event_id(event: Detection, station: str) -> str:
    """A name for an event: the same whenever it is told, another for every other event."""
    text = json.dumps([station, as_json(event)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]


def to_json(message: object) -> bytes:
    """A message as JSON, ASCII alone.

    Raises
    ------
    ValueError
        If it holds a number that is none.
    """
    return json.dumps(message, allow_nan=False).encode()
