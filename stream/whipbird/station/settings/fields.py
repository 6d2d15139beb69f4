"""Types of single fields in a station's settings: names, models, addresses, devices, channels and time zones."""

from __future__ import annotations

import os
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from whipbird.errors import SourceError
from whipbird.models.bundle import CARD
from whipbird.recordings.metadata.zones import time_zone
from whipbird.sinks.values import absolute
from whipbird.station.listening_hours import Span, parse_span
from whipbird.system.address import is_feed, local_path, normal, scheme
from whipbird.system.address_list import file_of_addresses

__all__ = [
    "Channel",
    "Device",
    "FeedText",
    "Hours",
    "ModelText",
    "Name",
    "Score",
    "Threshold",
    "ZoneText",
    "distinct",
    "field_error",
]

MIX = "mix"
MAX_NAME = 60


def field_error(key: str | None, text: str, *above: str | int) -> PydanticCustomError:
    """Make an error about a key of the validated table, or of a table below it (``above`` is the path to that)."""
    return PydanticCustomError("wrong", "{text}", {"text": text, "path": [*above, *([key] if key else [])]})


def _name(text: str) -> str:
    if not text.strip() or len(text) > MAX_NAME or not text.isprintable():
        raise ValueError(f"must be 1 to {MAX_NAME} printable characters")
    return text


def _model(text: str, info: ValidationInfo) -> str:
    """Make the path of a model folder absolute; leave the name of an installed model as it is."""
    path = absolute(text, info)
    return path if os.path.isfile(os.path.join(path, CARD)) else text


def _feed(text: str, info: ValidationInfo) -> str:
    if not is_feed(text):
        fault = file_of_addresses(absolute(local_path(text), info))
        raise ValueError(fault or "must be an address, such as rtsp://camera/stream, or an .sdp file")
    try:
        address = normal(text)
    except SourceError as error:
        raise ValueError(str(error)) from error
    return address if scheme(address) else absolute(address, info)


def _device(value: Any) -> str:
    """Accept the number of a microphone or a part of its name."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError('must be a device number, part of a device name (see "whipbird devices"), or "default"')


def _channel(value: Any) -> int | str:
    if value == MIX or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value  # type: ignore[no-any-return]
    raise ValueError('must be a number from 1, or "mix"')


def _is_score(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1


def _score(value: Any) -> float:
    if not _is_score(value):
        raise ValueError("must be a score between 0 and 1")
    return float(value)


def _threshold(value: Any) -> float | dict[str, float]:
    if _is_score(value) or (isinstance(value, dict) and value and all(map(_is_score, value.values()))):
        return value  # type: ignore[no-any-return]
    raise ValueError("must be a score between 0 and 1, or a table with one for each label, such as { yes = 0.8 }")


def _hours(value: Any) -> Span:
    if not isinstance(value, str):
        raise ValueError('must be text, such as "22:00-04:00"')
    return parse_span(value)


def _zone(text: str) -> str:
    time_zone(text)
    return text


def distinct(values: list[str]) -> list[str]:
    """Refuse a list that holds a value twice."""
    for number, value in enumerate(values):
        if value in values[:number]:
            raise ValueError(f"{value!r} is given twice")
    return values


Name = Annotated[str, AfterValidator(_name)]
ModelText = Annotated[str, AfterValidator(_model)]
FeedText = Annotated[str, AfterValidator(_feed)]
Device = Annotated[str, PlainValidator(_device)]
Channel = Annotated[int | str, PlainValidator(_channel)]
Hours = Annotated[Span, PlainValidator(_hours)]
Score = Annotated[float, PlainValidator(_score)]
Threshold = Annotated[float | dict[str, float], PlainValidator(_threshold)]
ZoneText = Annotated[str, AfterValidator(_zone)]
