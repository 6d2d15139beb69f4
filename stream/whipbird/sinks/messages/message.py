"""Messages: events as other programs get them, through a broker, a webhook or a command."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from whipbird.events.detection import Detection
from whipbird.formats.jsonl import as_json

__all__ = ["EVENT", "Message", "event_message", "message_of", "to_json"]

EVENT = "event"
ID_DIGITS = 32  # hexadecimal: 128 bits, so that no two events share one


@dataclass(frozen=True, slots=True)
class Message:
    """A message, ready to be sent.

    Attributes
    ----------
    kind : str
        Such as ``event``.
    id : str
        Unique to the message; it stays the same when the message is sent again.
    body : bytes
        JSON.
    """

    kind: str
    id: str
    body: bytes


def message_of(event: Detection, station: str) -> Message:
    """Make the message of an event; raises ValueError if the event holds a number that is not finite."""
    fields = event_message(event, station)
    return Message(EVENT, str(fields["id"]), to_json(fields))


def event_message(event: Detection, station: str) -> dict[str, Any]:
    """The fields of `as_json`, after ``id`` and ``station``; the same event always gives the same ``id``.

    The common name does not count for the ``id``: it depends on the reader's language.
    """
    fields, own = as_json(event), as_json(replace(event, common_name=None))
    assert fields is not None
    digest = hashlib.sha256(json.dumps([station, own], sort_keys=True).encode())
    return {"id": digest.hexdigest()[:ID_DIGITS], "station": station, **fields}


def to_json(message: object) -> bytes:
    """A message as JSON, in ASCII; raises ValueError if it holds a number that is not finite."""
    return json.dumps(message, allow_nan=False).encode()
