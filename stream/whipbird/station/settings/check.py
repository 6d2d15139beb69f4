"""Checks that models, labels and outputs in the settings can be used; missing devices and folders are warnings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from whipbird.engine.species_choice import names_of
from whipbird.errors import SensitivityError, WhipbirdError
from whipbird.models.bundle import locate, read_card
from whipbird.models.cache import shared_model
from whipbird.models.model import Model
from whipbird.models.names import LabelNames, labels_named
from whipbird.models.settings import ModelSettings
from whipbird.sinks.files.open import check_output
from whipbird.sinks.settings import OTHERS
from whipbird.station.settings.outputs import StationOutputs
from whipbird.station.settings.read import SettingsError
from whipbird.station.settings.schema import SourceSettings, StationFile, model_name

__all__ = ["alert_labels", "check_alerts", "check_outputs", "load_models", "warnings"]

NO_MODEL = "no model of this source reports"


def load_models(settings: StationFile, path: Path) -> dict[str, tuple[Model, ...]]:
    """Load the models of each source, by name; raises SettingsError if a model cannot be loaded or lacks a label."""
    loaded = {}
    for source in settings.source:
        location = f"{path}, source {source.name!r}"
        models: list[Model] = []
        for name in source.models:
            own = source.of_model(name)
            try:
                names = LabelNames(folder := locate(name), read_card(folder), settings.station.names)
                thresholds = source.thresholds(name, names)
                model = shared_model(name, source.sensitivity, thresholds, ModelSettings(own.hop_s, own.sensitivity))
            except WhipbirdError as error:
                key = "sensitivity" if isinstance(error, SensitivityError) else "models"
                raise SettingsError(f"{location}: {key}: {error}") from error
            table = f"{path}, [models.{model_name(name)}]"
            for key, labels in (("labels", own.labels), ("thresholds", own.thresholds)):
                _check_labels(labels, [names], f"{table}: {key}", "the model does not report")
            if any(other.card.name == model.card.name for other in models):
                raise SettingsError(f"{location}: models: {model.card.name!r} is given twice")
            models.append(model)
        names_of_all = names_of(models, settings.station.names)
        single = source.threshold if isinstance(source.threshold, dict) else {}
        for key, labels in (("labels", source.labels), ("threshold", single)):
            _check_labels(labels, names_of_all, f"{location}: {key}", "no model of this source reports")
        loaded[source.name] = tuple(models)
    return loaded


def _check_labels(labels: Iterable[str], names: Sequence[LabelNames], location: str, missing: str) -> None:
    try:
        for label in labels:
            labels_named(label, names, missing=missing)
    except WhipbirdError as error:
        raise SettingsError(f"{location}: {error}") from error


def alert_labels(settings: StationFile, models: Mapping[str, Sequence[Model]], path: Path) -> list[frozenset[str]]:
    """The labels of each alert, as the models call them; raises SettingsError if a model has no such label."""
    if not settings.alert:
        return []
    names = names_of(dict.fromkeys(model for own in models.values() for model in own), settings.station.names)
    found = []
    for alert in settings.alert:
        _check_labels(alert.labels, names, f"{path}, alert {alert.name!r}: labels", "no model reports")
        found.append(frozenset(label for text in alert.labels for one in names for label in one.find(text)))
    return found


def check_alerts(settings: StationFile, path: Path) -> None:
    """Raise SettingsError if an address of an alert or a digest cannot be used."""
    from whipbird.sinks.messages.notification import check_addresses

    for table, several in (("alert", settings.alert), ("digest", settings.digest)):
        for one in several:
            try:
                check_addresses(one.addresses())
            except WhipbirdError as error:
                raise SettingsError(f"{path}, {table} {one.name!r}: to: {error}") from error


def check_outputs(outputs: StationOutputs, station: str, path: Path) -> None:
    """Raise SettingsError if an output cannot be written; no file or folder is created."""
    key = "outputs]: files"
    try:
        for name in outputs.files:
            check_output(Path(name))
        for kind, model in OTHERS.items():
            key = f"outputs.{kind}]: {model.MAIN_KEY}"
            outputs.opener(kind, station)
    except OSError as error:  # a name that is too long, a folder without permission
        raise SettingsError(f"{path}, [{key}: {error.filename}: {error.strerror or error}") from error
    except WhipbirdError as error:
        raise SettingsError(f"{path}, [{key}: {error}") from error


def warnings(settings: StationFile) -> Iterator[str]:
    """Describe devices and folders that are missing now but may appear later."""
    for source in settings.source:
        if (text := _missing(source)) is not None:
            yield f"source {source.name!r}: {text}"


def _missing(source: SourceSettings) -> str | None:
    if source.microphone is not None:
        from whipbird.sources.devices import find_device

        try:
            find_device(None if source.microphone == "default" else source.microphone)
        except WhipbirdError as error:
            return str(error)
    if source.folder is not None and not os.path.isdir(source.folder):
        return f"no folder {source.folder}; whipbird will wait for it"
    if source.feed is not None:
        from whipbird.recordings.decoder import pyav

        try:
            pyav()
        except WhipbirdError as error:
            return str(error)
    return None
