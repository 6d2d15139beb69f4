"""The settings of a station: its sources, their models, and the outputs.

`whipbird.station.settings.read` reads them from a TOML file. Paths are relative to the folder of that file. Values are
not converted: text must be text, and numbers must be numbers. `whipbird.sinks.settings` describes the outputs.
"""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from whipbird.events.thresholds import Thresholds
from whipbird.models.card import BALANCED
from whipbird.sinks.values import PathText, StrictTable, several
from whipbird.station.settings.fields import (
    Channel,
    Device,
    FeedText,
    ModelText,
    Name,
    Threshold,
    ZoneText,
    distinct,
    field_error,
)
from whipbird.station.settings.outputs import StationOutputs
from whipbird.station.settings.species import ModelSpeciesSettings, SpeciesSettings

__all__ = ["SourceSettings", "StationFile", "StationSettings"]

KINDS = ("microphone", "feed", "folder")


class StationSettings(SpeciesSettings):
    """The station itself, and the species of all models.

    Attributes
    ----------
    name : str, optional
        Default: the computer's name.
    time_zone : str, optional
        Time zone of all times and days, and of recordings that do not specify one. Default: the system's, and for
        recordings that specify one, their own.
    state : str, optional
        Folder for ledgers, spools and ``whipbird status``. Default: a folder in the user's state folder.
    """

    name: Name | None = None
    time_zone: ZoneText | None = None
    state: PathText | None = None


class SourceSettings(StrictTable):
    """A source: a microphone, a feed or a folder, with its models.

    Attributes
    ----------
    rate : int, optional
        Sample rate to request from a microphone, in Hz.
    channel : int or "mix", optional
        Channel, counted from 1. Default: the first channel of a microphone, and a mix of all channels otherwise.
    labels : list of str
        Report only these labels. Default: all.
    threshold : float or dict of str to float, optional
        Score at which events start, of all labels or by label, in place of that of the sensitivity.
    time_zone : str, optional
        Time zone of recordings in a folder, in place of the station's.
    settle, sweep : float
        Seconds without change until a recording in a folder counts as complete; seconds between looks at the folder.
    """

    name: Name
    microphone: Device | None = None
    feed: FeedText | None = None
    folder: PathText | None = None
    models: Annotated[list[ModelText], Field(min_length=1), BeforeValidator(several), AfterValidator(distinct)]
    labels: Annotated[list[str], BeforeValidator(several), AfterValidator(distinct)] = Field(default=[])
    sensitivity: str = BALANCED
    threshold: Threshold | None = None
    channel: Channel | None = None
    rate: Annotated[int, Field(ge=1000, le=1_000_000)] | None = None
    time_zone: ZoneText | None = None
    settle: Annotated[float, Field(ge=0.1, le=86_400)] | None = None
    sweep: Annotated[float, Field(ge=0.1, le=86_400)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> SourceSettings:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if not given:
            raise field_error(None, f"give one of {', '.join(KINDS)}")
        if len(given) > 1:
            raise field_error(given[1], f"either {given[0]} or {given[1]}, not both; each source has one of them")
        if self.rate is not None and self.microphone is None:
            raise field_error("rate", "only valid for a microphone")
        for key in ("time_zone", "settle", "sweep"):
            if getattr(self, key) is not None and self.folder is None:
                raise field_error(key, "only valid for a folder")
        return self

    @property
    def kind(self) -> str:
        """``microphone``, ``feed`` or ``folder``."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds of the models."""
        if isinstance(self.threshold, dict):
            return Thresholds(None, tuple(sorted(self.threshold.items())))
        return Thresholds(self.threshold)

    @property
    def channel_number(self) -> int | None:
        """Channel to process, counted from 1; None mixes all channels."""
        if self.channel is None:
            return 1 if self.microphone is not None else None
        return self.channel if isinstance(self.channel, int) else None


class StationFile(StrictTable):
    """The whole settings file; each ``[[source]]`` is one entry of ``source``, ``[models.NAME]`` one of ``models``."""

    station: StationSettings = StationSettings()
    source: Annotated[list[SourceSettings], Field(min_length=1)]
    models: dict[str, ModelSpeciesSettings] = Field(default={})
    outputs: StationOutputs = StationOutputs()

    @model_validator(mode="after")
    def _distinct_sources(self) -> StationFile:
        names: set[str] = set()
        folders: dict[str, str] = {}
        for number, source in enumerate(self.source):
            if source.name in names:
                raise field_error("name", f"another source is also named {source.name!r}", "source", number)
            names.add(source.name)
            if source.folder is not None:
                real = os.path.realpath(source.folder)
                if real in folders:
                    raise field_error("folder", f"already watched by source {folders[real]!r}", "source", number)
                folders[real] = source.name
        return self
