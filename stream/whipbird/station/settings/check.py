"""Checks that models, labels and outputs in the settings can be used; missing devices and folders are warnings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from whipbird.engine.species_choice import names_of
from whipbird.errors import SensitivityError, WhipbirdError
from whipbird.events.thresholds import Thresholds
from whipbird.models.bundle import locate, read_card
from whipbird.models.cache import shared_model
from whipbird.models.model import Model
from whipbird.models.names import LabelNames, labels_named, thresholds_named
from whipbird.sinks.files.open import check_output
from whipbird.sinks.settings import OTHERS
from whipbird.station.settings.outputs import StationOutputs
from whipbird.station.settings.read import SettingsError
from whipbird.station.settings.schema import SourceSettings, StationFile

__all__ = ["check_outputs", "load_models", "warnings"]

NO_MODEL = "no model of this source reports"


def load_models(settings: StationFile, path: Path) -> dict[str, tuple[Model, ...]]:
    """Load the models of each source, by name; raises SettingsError if a model cannot be loaded or lacks a label."""
    loaded = {}
    for source in settings.source:
        location = f"{path}, source {source.name!r}"
        thresholds = _thresholds(source, settings.station.names, location)
        models: list[Model] = []
        for name in source.models:
            try:
                model = shared_model(name, source.sensitivity, thresholds)
            except WhipbirdError as error:
                key = "sensitivity" if isinstance(error, SensitivityError) else "models"
                raise SettingsError(f"{location}: {key}: {error}") from error
            if any(other.card.name == model.card.name for other in models):
                raise SettingsError(f"{location}: models: {model.card.name!r} is given twice")
            models.append(model)
        names = names_of(models, settings.station.names)
        try:
            for label in source.labels:
                labels_named(label, names, missing=NO_MODEL)
        except WhipbirdError as error:
            raise SettingsError(f"{location}: labels: {error}") from error
        loaded[source.name] = tuple(models)
    return loaded


def _thresholds(source: SourceSettings, language: str, location: str) -> Thresholds:
    """The thresholds of a source, for the labels of its models."""
    given = source.thresholds
    if not given.labels:
        return given
    try:
        folders = [locate(name) for name in source.models]
        names = [LabelNames(folder, read_card(folder), language) for folder in folders]
    except WhipbirdError as error:
        raise SettingsError(f"{location}: models: {error}") from error
    try:
        return thresholds_named(given, names, missing=NO_MODEL)
    except WhipbirdError as error:
        raise SettingsError(f"{location}: threshold: {error}") from error


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
