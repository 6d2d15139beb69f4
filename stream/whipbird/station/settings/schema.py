"""The settings of a station: its sources, their models, and the outputs.

`whipbird.station.settings.read` reads them from a TOML file. Paths are relative to the folder of that file. Values are
not converted: text must be text, and numbers must be numbers. `whipbird.sinks.settings` describes the outputs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from whipbird.events.thresholds import Thresholds
from whipbird.models.card import BALANCED
from whipbird.models.names import LabelNames
from whipbird.page.settings import PageSettings
from whipbird.recordings.metadata.zones import time_zone
from whipbird.sinks.values import PathText, StrictTable, several
from whipbird.station.settings.alerts import RARE, AlertSettings
from whipbird.station.settings.digest import DigestSettings
from whipbird.station.settings.fields import (
    Channel,
    Device,
    FeedText,
    Hours,
    ModelText,
    Name,
    Score,
    Threshold,
    ZoneText,
    distinct,
    field_error,
)
from whipbird.station.settings.outputs import StationOutputs
from whipbird.station.settings.species import ModelSpeciesSettings, SpeciesSettings
from whipbird.text import choice

__all__ = ["NO_SETTINGS", "ModelTable", "SourceSettings", "StationFile", "StationSettings", "model_name"]

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

    @property
    def zone(self) -> tzinfo | None:
        """The time zone; None for the system's."""
        return None if self.time_zone is None else time_zone(self.time_zone)


class ModelTable(ModelSpeciesSettings):
    """How a model runs, and which species it reports, in place of what its card says; a source's own settings go first.

    Attributes
    ----------
    sensitivity : float, optional
        Slope of the sigmoid that turns the network's outputs into scores.
    hop_s : float, optional
        Seconds from one window to the next.
    threshold : float, optional
        Score at which events start, of all labels.
    thresholds : dict of str to float
        The same for single labels.
    labels : list of str
        Report only these labels of the model. Default: all.
    """

    sensitivity: Annotated[float, Field(ge=0.5, le=1.5)] | None = None
    hop_s: Annotated[float, Field(gt=0, le=60)] | None = None
    threshold: Score | None = None
    thresholds: dict[str, Score] = Field(default={})
    labels: Annotated[list[str], BeforeValidator(several), AfterValidator(distinct)] = Field(default=[])


NO_SETTINGS = ModelTable()


def model_name(text: str) -> str:
    """The name under which a source's model has settings: its own, or that of its folder."""
    return os.path.basename(os.path.normpath(text))


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
    hours : list of Span
        When a microphone or a feed is listened to. Default: always.
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
    hours: Annotated[list[Hours], BeforeValidator(several)] = Field(default=[])
    time_zone: ZoneText | None = None
    settle: Annotated[float, Field(ge=0.1, le=86_400)] | None = None
    sweep: Annotated[float, Field(ge=0.1, le=86_400)] | None = None
    _tables: dict[str, ModelTable] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> SourceSettings:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if not given:
            raise field_error(None, f"give one of {', '.join(KINDS)}")
        if len(given) > 1:
            raise field_error(given[1], f"either {given[0]} or {given[1]}, not both; each source has one of them")
        if self.rate is not None and self.microphone is None:
            raise field_error("rate", "only valid for a microphone")
        if self.hours and self.folder is not None:
            raise field_error("hours", "only valid for a microphone or a feed; all of a recording is processed")
        for key in ("time_zone", "settle", "sweep"):
            if getattr(self, key) is not None and self.folder is None:
                raise field_error(key, "only valid for a folder")
        return self

    @property
    def kind(self) -> str:
        """``microphone``, ``feed`` or ``folder``."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    def use(self, tables: Mapping[str, ModelTable]) -> None:
        """Take the settings of the models, by their names, as those of this source's models."""
        self._tables = {text: tables[name] for text in self.models if (name := model_name(text)) in tables}

    def of_model(self, text: str) -> ModelTable:
        """The settings of one of its models."""
        return self._tables.get(text, NO_SETTINGS)

    def thresholds(self, text: str, names: LabelNames) -> Thresholds:
        """The thresholds of one of its models, whose labels may be given by any of their names."""
        table = self.of_model(text)
        own = self.threshold if isinstance(self.threshold, dict) else {}
        every = self.threshold if isinstance(self.threshold, float) else table.threshold
        labels = {
            label: score
            for given in (table.thresholds, own)
            for name, score in given.items()
            for label in names.find(name)
        }
        return Thresholds(every, tuple(sorted(labels.items())))

    def reported(self, models: Sequence[LabelNames]) -> frozenset[str] | None:
        """Labels that are reported, of its models in their order, by any of their names; None for all."""
        wanted = {label for text in self.labels for names in models for label in names.find(text)}
        chosen = [self.of_model(text).labels for text in self.models]
        if not any(chosen):
            return frozenset(wanted) or None
        known: set[str] = set()
        for names, own in zip(models, chosen, strict=True):
            known |= {label for text in own for label in names.find(text)} if own else names.card.debounce.keys()
        return frozenset(known & wanted if self.labels else known)

    @property
    def channel_number(self) -> int | None:
        """Channel to process, counted from 1; None mixes all channels."""
        if self.channel is None:
            return 1 if self.microphone is not None else None
        return self.channel if isinstance(self.channel, int) else None


class StationFile(StrictTable):
    """The whole settings file.

    Each ``[[source]]`` is one entry of ``source``, ``[[alert]]`` of ``alert``, ``[[digest]]`` of ``digest``, and
    ``[models.NAME]`` of ``models``.
    """

    station: StationSettings = StationSettings()
    models: dict[str, ModelTable] = Field(default={})
    source: Annotated[list[SourceSettings], Field(min_length=1)]
    outputs: StationOutputs = StationOutputs()
    alert: list[AlertSettings] = Field(default=[])
    digest: list[DigestSettings] = Field(default=[])
    page: PageSettings | None = None
    _written: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def written(self) -> Mapping[str, Any]:
        """What the file holds; it has secrets."""
        return self._written

    def keep(self, written: dict[str, Any]) -> None:
        """Keep what the file holds."""
        self._written = written

    @model_validator(mode="after")
    def _page_of_a_database(self) -> StationFile:
        if self.page is not None and self.outputs.database is None:
            text = "the page shows what is in a database: add one to files in [outputs], such as forest.sqlite"
            raise field_error(None, text, "page")
        return self

    @model_validator(mode="after")
    def _used_models(self) -> StationFile:
        used = sorted({model_name(text) for source in self.source for text in source.models})
        for name in self.models:
            if name not in used:
                raise field_error(name, f"no source uses this model; {choice(name, used)}", "models")
        for source in self.source:
            source.use(self.models)
        return self

    @model_validator(mode="after")
    def _place_of_sun(self) -> StationFile:
        given = [("source", number, one.hours) for number, one in enumerate(self.source)]
        given += [("alert", number, one.hours) for number, one in enumerate(self.alert)]
        for table, number, hours in given:
            if self.station.place is None and any(span.by_sun for span in hours):
                text = "sunrise and sunset need latitude and longitude in [station]"
                raise field_error("hours", text, table, number)
        return self

    @model_validator(mode="after")
    def _usable_alerts(self) -> StationFile:
        names: set[str] = set()
        sources = sorted(source.name for source in self.source)
        for number, alert in enumerate(self.alert):
            if alert.name in names:
                raise field_error("name", f"another alert is also named {alert.name!r}", "alert", number)
            names.add(alert.name)
            for name in alert.sources:
                if name not in sources:
                    raise field_error("sources", f"no source {name!r}; {choice(name, sources)}", "alert", number)
            if self.station.place is None and any(one.kind == RARE for one in alert.when):
                raise field_error("when", "what is rare needs latitude and longitude in [station]", "alert", number)
            if alert.clip and self.outputs.clips is None:
                raise field_error("clip", "needs [outputs.clips]", "alert", number)
        return self

    @model_validator(mode="after")
    def _usable_digests(self) -> StationFile:
        names: set[str] = set()
        for number, digest in enumerate(self.digest):
            if digest.name in names:
                raise field_error("name", f"another digest is also named {digest.name!r}", "digest", number)
            names.add(digest.name)
            if self.outputs.database is None:
                text = "a digest tells what is in a database: add one to files in [outputs], such as forest.sqlite"
                raise field_error(None, text, "digest", number)
        return self

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
