"""Whether what the settings name is there: models, labels, places to write to; and devices and folders, as warnings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import typer

from stream.errors import WhipbirdError
from stream.model import Model, shared_model
from stream.monitor.reading import key_error
from stream.monitor.settings import MAIN_KEYS, OTHERS, Outputs, Settings, SourceSettings, describe
from stream.output_options import OutputOptions, message_openers
from stream.sinks.outputs import ENDINGS
from stream.sinks.text_file import check_place

__all__ = ["check_outputs", "load_models", "warnings"]


def load_models(settings: Settings, path: Path) -> dict[str, tuple[Model, ...]]:
    """The models of each source, by its name.

    Raises
    ------
    SettingsError
        If one cannot be loaded, or reports no such label.
    """
    loaded = {}
    for number, source in enumerate(settings.source):
        models: list[Model] = []
        for name in source.models:
            try:
                model = shared_model(name, source.sensitivity)
            except WhipbirdError as error:
                key = "sensitivity" if f"cannot be {source.sensitivity!r}" in str(error) else "models"
                raise key_error(path, ("source", number, key), str(error)) from error
            if any(other.card.name == model.card.name for other in models):
                raise key_error(path, ("source", number, "models"), f"{model.card.name!r} is given twice")
            models.append(model)
        known = {label for model in models for label in model.card.debounce}
        for label in source.labels:
            if label not in known:
                text = f"no model of it reports {label!r}; known are {', '.join(sorted(known))}"
                raise key_error(path, ("source", number, "labels"), text)
        loaded[source.name] = tuple(models)
    return loaded


def check_outputs(outputs: Outputs, station: str, path: Path) -> None:
    """See whether everything can be written to, without making any of it.

    Raises
    ------
    SettingsError
    """
    for name in outputs.files:
        try:
            if not any(name.lower().endswith(ending) for endings in ENDINGS for ending in endings):
                known = ", ".join(ending for endings in ENDINGS for ending in endings)
                raise WhipbirdError(f"{name}: the end of its name must tell its form, and be one of {known}")
            check_place(Path(name))
            _check_writable(name)
        except WhipbirdError as error:
            raise key_error(path, ("outputs", "files"), str(error)) from error
    for kind in OTHERS:
        options = describe(kind, outputs)
        if not options:
            continue
        try:
            if kind == "clips":
                _check_writable(options["clips"] / "clip")
            else:
                message_openers(OutputOptions(station=station, **options))
        except (WhipbirdError, typer.BadParameter) as error:
            text = str(error).removeprefix("--exec: ")
            raise key_error(path, ("outputs", kind, MAIN_KEYS[kind]), text) from error


def warnings(settings: Settings) -> Iterator[str]:
    """What is not there now, and may come."""
    for source in settings.source:
        if (text := _missing(source)) is not None:
            yield f"source {source.name!r}: {text}"


def _missing(source: SourceSettings) -> str | None:
    if source.microphone is not None:
        from stream.sources.devices import find_device

        try:
            find_device(None if source.microphone == "default" else source.microphone)
        except WhipbirdError as error:
            return str(error)
    if source.folder is not None and not os.path.isdir(source.folder):
        return f"there is no folder {source.folder}; it is waited for"
    if source.feed is not None:
        from stream.sources.decoder import pyav

        try:
            pyav()
        except WhipbirdError as error:
            return str(error)
    return None


def _check_writable(name: str | Path) -> None:
    place = Path(name)
    if not place.exists():
        place = next(parent for parent in place.absolute().parents if parent.exists())
    if not os.access(place, os.W_OK):
        raise WhipbirdError(f"{name} cannot be written: no permission")
