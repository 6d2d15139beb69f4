"""Reading events of the Wyoming protocol, from clients that may send anything.

An event is a line of JSON, after which data (JSON as well) and a payload may follow, with their lengths in the line.
The package ``wyoming`` waits for as many bytes as a client promises, for as long as it likes. Here, each part has a
limit, and an event that has begun must be complete in time.
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from wyoming.event import Event

from whipbird.errors import WhipbirdError
from whipbird.system.strict import explain

__all__ = ["LONGEST_LINE", "DetectRequest", "PingRequest", "ProtocolError", "Sound", "parse", "read_event"]

LONGEST_LINE = 64 << 10  # bytes
MOST_DATA = 64 << 10
MOST_PAYLOAD = 1 << 20
PATIENCE_S = 10.0  # from the first byte of an event to its last

Request = TypeVar("Request", bound="_Request")


class ProtocolError(WhipbirdError):
    """What a client sends is no event, or one that makes no sense."""


class _Request(BaseModel):
    """Data of an event; other keys are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Sound(_Request):
    """Format of sound, and when it was taken by the client's clock.

    Attributes
    ----------
    rate : int
        Samples per second.
    width : int
        Bytes per sample.
    channels : int
    timestamp : float or None
        Milliseconds, at the first sample.
    """

    rate: int
    width: Literal[1, 2, 3, 4]
    channels: int
    timestamp: Annotated[float, Field(allow_inf_nan=False)] | None = None

    @property
    def format(self) -> tuple[int, int, int]:
        """Rate, width and channels."""
        return self.rate, self.width, self.channels


class DetectRequest(_Request):
    """Phrases to listen for, None for all, and what is to be passed back with answers."""

    names: list[str] | None = None
    context: dict[str, Any] | None = None


class PingRequest(_Request):
    """A text to send back."""

    text: str | None = None


def parse(kind: type[Request], event: Event) -> Request:
    """The data of an event; raises ProtocolError if it makes no sense."""
    try:
        return kind.model_validate(event.data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"])) or "data"
        raise ProtocolError(f"{event.type}: {where} {explain(problem)}") from error


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """The next event of a client, whenever it comes; None at the end.

    ``reader`` has the limit `LONGEST_LINE`.

    Raises
    ------
    ProtocolError
        If what comes is no event, too long, or not complete in time.
    """
    first = await reader.read(1)
    if not first:
        return None
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await _read_rest(reader, first)
    except TimeoutError as error:
        raise ProtocolError(f"an event was not complete after {PATIENCE_S:g} s") from error
    except asyncio.IncompleteReadError as error:
        raise ProtocolError("the connection broke off within an event") from error
    except asyncio.LimitOverrunError as error:
        raise ProtocolError(f"a line has more than {LONGEST_LINE:,} bytes") from error


async def _read_rest(reader: asyncio.StreamReader, first: bytes) -> Event:
    line = first if first == b"\n" else first + await reader.readuntil(b"\n")
    fields = _as_object(line, "an event")
    kind, data = fields.get("type"), fields.get("data")
    if not isinstance(kind, str) or not isinstance(data, dict | None):
        raise ProtocolError("an event has no type, or its data are no object")
    data = data or {}
    if length := _length(fields, "data_length", MOST_DATA):
        data |= _as_object(await reader.readexactly(length), "the data of an event")
    length = _length(fields, "payload_length", MOST_PAYLOAD)
    return Event(kind, data, await reader.readexactly(length) if length else None)


def _length(fields: dict[str, Any], key: str, most: int) -> int:
    """A length that an event promises; 0 if it promises none."""
    length = fields.get(key)
    if length is None:
        return 0
    if not isinstance(length, int) or not 0 <= length <= most:
        raise ProtocolError(f"{key} must be a number up to {most:,}")
    return length


def _as_object(text: bytes, what: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"{what} is not in JSON") from error
    if not isinstance(fields, dict):
        raise ProtocolError(f"{what} is no JSON object")
    return fields
