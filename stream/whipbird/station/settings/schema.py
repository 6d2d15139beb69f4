"""The settings of a station: what it listens to, with which models, and where it writes what was heard.

They are read from TOML by `whipbird.station.settings.read`. Paths are relative to the folder of that file. Nothing is
converted: text is text, and a number a number. `whipbird.sinks.settings` describes the outputs.
"""

from __future__ import annotations

import os
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from whipbird.errors import SourceError
from whipbird.models.card import BALANCED
from whipbird.recordings.metadata.zones import time_zone
from whipbird.sinks import settings as sinks
from whipbird.sinks.files.open import LISTS
from whipbird.sinks.values import PathText, Strict, absolute, several
from whipbird.system.address import check_address, is_feed, scheme

__all__ = ["Outputs", "SourceSettings", "StationFile", "StationSettings"]

MIX = "mix"
CARD = "card.json"
LONGEST_NAME = 60
KINDS = ("microphone", "feed", "folder")


def _wrong(key: str | None, text: str, *above: str | int) -> PydanticCustomError:
    """An error of a key within what is validated, or below that."""
    return PydanticCustomError("wrong", "{text}", {"text": text, "place": [*above, *([key] if key else [])]})


def _name(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(f"must be 1 to {LONGEST_NAME} characters that can be shown")
    return text


def _model(text: str, info: ValidationInfo) -> str:
    """A folder as its path, anything else as it is."""
    path = absolute(text, info)
    return path if os.path.isfile(os.path.join(path, CARD)) else text


def _feed(text: str, info: ValidationInfo) -> str:
    if not is_feed(text):
        raise ValueError("must be an address, such as rtsp://camera/stream, or an .sdp file")
    try:
        check_address(text)
    except SourceError as error:
        raise ValueError(str(error)) from error
    return text if scheme(text) else absolute(text, info)


def _device(value: Any) -> str:
    """Number or part of the name of a microphone."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError('must be a number or a part of a name (see "whipbird devices"), or "default"')


def _channel(value: Any) -> int | str:
    if value == MIX or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value  # type: ignore[no-any-return]
    raise ValueError('must be a number from 1, or "mix"')


def _zone(text: str) -> str:
    time_zone(text)
    return text


def _distinct(values: list[str]) -> list[str]:
    for number, value in enumerate(values):
        if value in values[:number]:
            raise ValueError(f"{value!r} is given twice")
    return values


Name = Annotated[str, AfterValidator(_name)]
ModelText = Annotated[str, AfterValidator(_model)]
FeedText = Annotated[str, AfterValidator(_feed)]
Device = Annotated[str, PlainValidator(_device)]
Channel = Annotated[int | str, PlainValidator(_channel)]
ZoneText = Annotated[str, AfterValidator(_zone)]


class StationSettings(Strict):
    """Where this is.

    Attributes
    ----------
    name : str, optional
        Otherwise that of the computer.
    latitude, longitude : float, optional
        Degrees north and east.
    time_zone : str, optional
        Of what is shown, of days, and of recordings that do not tell theirs; otherwise the system's.
    state : str, optional
        Folder for what is kept between two runs and for ``whipbird status``; otherwise in the user's state folder.
    """

    name: Name | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    time_zone: ZoneText | None = None
    state: PathText | None = None


class SourceSettings(Strict):
    """One thing that is listened to: a microphone, a feed or a folder, and what hears it.

    Attributes
    ----------
    rate : int, optional
        In Hz, wanted of a microphone.
    channel : int or "mix", optional
        Counted from 1; otherwise the first of a microphone, and all of anything else, mixed.
    labels : list of str
        Report these alone; otherwise all.
    time_zone : str, optional
        Of recordings in a folder, if it is not the station's.
    settle, sweep : float
        Seconds after which a recording in a folder counts as complete, and between two looks.
    """

    name: Name
    microphone: Device | None = None
    feed: FeedText | None = None
    folder: PathText | None = None
    models: Annotated[list[ModelText], Field(min_length=1), BeforeValidator(several), AfterValidator(_distinct)]
    labels: Annotated[list[str], BeforeValidator(several), AfterValidator(_distinct)] = Field(default=[])
    sensitivity: str = BALANCED
    channel: Channel | None = None
    rate: Annotated[int, Field(ge=1000, le=1_000_000)] | None = None
    time_zone: ZoneText | None = None
    settle: Annotated[float, Field(ge=0.1, le=86_400)] | None = None
    sweep: Annotated[float, Field(ge=0.1, le=86_400)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> SourceSettings:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if not given:
            raise _wrong(None, f"one of {', '.join(KINDS)} must tell what is listened to")
        if len(given) > 1:
            raise _wrong(given[1], f"either {given[0]} or {given[1]}, not both; each source listens to one thing")
        if self.rate is not None and self.microphone is None:
            raise _wrong("rate", "goes with a microphone alone")
        for key in ("time_zone", "settle", "sweep"):
            if getattr(self, key) is not None and self.folder is None:
                raise _wrong(key, "goes with a folder alone")
        return self

    @property
    def kind(self) -> str:
        """``microphone``, ``feed`` or ``folder``."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def number(self) -> int | None:
        """Channel to listen to, counted from 1; None mixes all."""
        if self.channel is None:
            return 1 if self.microphone is not None else None
        return self.channel if isinstance(self.channel, int) else None


def _no_tables(paths: list[str]) -> list[str]:
    for path in paths:
        if path.lower().endswith(LISTS):
            raise ValueError(
                f"{path!r}: its times count over recordings that are heard one after the other; "
                "several sources at once need .jsonl, .csv or .sqlite"
            )
    return paths


class Outputs(sinks.Outputs):
    """Where everything goes that was heard."""

    files: Annotated[
        list[PathText], BeforeValidator(several), AfterValidator(_distinct), AfterValidator(_no_tables)
    ] = Field(default=[])


class StationFile(Strict):
    """All of it; ``source`` is written ``[[source]]``, once for each."""

    station: StationSettings = StationSettings()
    source: Annotated[list[SourceSettings], Field(min_length=1)]
    outputs: Outputs = Outputs()

    @model_validator(mode="after")
    def _distinct_sources(self) -> StationFile:
        names: set[str] = set()
        folders: dict[str, str] = {}
        for number, source in enumerate(self.source):
            if source.name in names:
                raise _wrong("name", f"another source is named {source.name!r}, too", "source", number)
            names.add(source.name)
            if source.folder is not None:
                real = os.path.realpath(source.folder)
                if real in folders:
                    raise _wrong("folder", f"is watched by source {folders[real]!r}, too", "source", number)
                folders[real] = source.name
        return self
