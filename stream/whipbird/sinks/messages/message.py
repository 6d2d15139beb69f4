"""Events as other programs get them: through a broker, a webhook or a command."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from whipbird.events.detection import Detection
from whipbird.formats.jsonl import as_json

__all__ = ["EVENT", "Message", "event_message", "message_of", "to_json"]

EVENT = "event"
ID_DIGITS = 32  # hexadecimal: 128 bits, so that no two events share one


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, as JSON, ready to be sent.

    Attributes
    ----------
    kind : str
        What it tells of, such as ``event``.
    id : str
        The same whenever it is sent, another for every other message.
    """

    kind: str
    id: str
    body: bytes


def message_of(event: Detection, station: str) -> Message:
    """An event as a message; raises ValueError if it holds a number that is none."""
    told = event_message(event, station)
    return Message(EVENT, str(told["id"]), to_json(told))


def event_message(event: Detection, station: str) -> dict[str, Any]:
    """An event as `as_json` tells it, before it ``station`` and ``id``: the same whenever this event is told."""
    fields = as_json(event)
    assert fields is not None
    digest = hashlib.sha256(json.dumps([station, fields], sort_keys=True).encode())
    return {"id": digest.hexdigest()[:ID_DIGITS], "station": station, **fields}


def to_json(message: object) -> bytes:
    """A message as JSON, ASCII alone; raises ValueError if it holds a number that is none."""
    return json.dumps(message, allow_nan=False).encode()
