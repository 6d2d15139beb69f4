"""Reads the settings of a station; an error is one line that names the file, the table and the key."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from whipbird.errors import WhipbirdError
from whipbird.page.settings import PageSettings
from whipbird.sinks.settings import OTHERS
from whipbird.station.settings.alerts import AlertSettings
from whipbird.station.settings.digest import DigestSettings
from whipbird.station.settings.outputs import StationOutputs
from whipbird.station.settings.schema import ModelTable, SourceSettings, StationFile, StationSettings
from whipbird.station.settings.species import HoldBackSettings
from whipbird.system.regular_file import read_bounded
from whipbird.system.strict import explain
from whipbird.text import nearest

__all__ = ["SettingsError", "read_settings"]

MAX_BYTES = 1_000_000
MAX_MESSAGE = 600  # characters of a message
LISTS = {"source": "a source", "alert": "an alert", "digest": "a digest"}  # tables of which there may be several
ANY = "*"  # any name of a table
TABLES: dict[tuple[str | int, ...], type[BaseModel]] = {
    (): StationFile,
    ("station",): StationSettings,
    ("source",): SourceSettings,
    ("alert",): AlertSettings,
    ("digest",): DigestSettings,
    ("models", ANY): ModelTable,
    ("outputs",): StationOutputs,
    ("page",): PageSettings,
    **{("outputs", kind): model for kind, model in OTHERS.items()},
    ("models", ANY, "hold_back"): HoldBackSettings,
}


class SettingsError(WhipbirdError):
    """A settings file that cannot be used."""


def read_settings(path: Path) -> StationFile:
    """Read a settings file; raises SettingsError if it is not valid TOML or holds an invalid key or value."""
    try:
        raw = tomllib.loads(_text(path))
    except (ValueError, RecursionError) as error:  # the message of `tomllib` gives the line and column
        raise SettingsError(f"{path}: {_shorten(str(error))}") from error
    try:
        settings = StationFile.model_validate(raw, context={"base": path.absolute().parent})
    except ValidationError as error:
        problems = [_problem(one, raw) for one in _without_misspelt(error.errors(include_url=False))]
        first, *others = map(_shorten, dict.fromkeys(problems))
        raise SettingsError("; ".join((f"{path}{first}", *(text.lstrip(",: ") for text in others)))) from error
    settings.keep(raw)
    return settings


def _text(path: Path) -> str:
    try:
        return read_bounded(path, MAX_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error
        raise SettingsError(f"{path}: {getattr(error, 'strerror', None) or reason}") from error


def _shorten(text: str) -> str:
    """Cut the middle out of a text that is too long."""
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE // 2]} … {text[-MAX_MESSAGE // 2 :]}"


def _without_misspelt(errors: Sequence[Any]) -> list[Any]:
    """Drop errors about a missing key if the key is only misspelt."""
    meant = {(*error["loc"][:-1], _near(error["loc"])) for error in errors if error["type"] == "extra_forbidden"}
    return [error for error in errors if error["type"] != "missing" or tuple(error["loc"]) not in meant]


def _problem(error: Any, raw: dict[str, Any]) -> str:
    """Say where an error is and what is wrong; the text follows the file name."""
    kind, path = error["type"], tuple(error["loc"])
    if kind == "wrong":
        path = (*path, *error["ctx"]["path"])
    if kind == "extra_forbidden":
        return f"{_table_name(path[:-1], raw)}: {_unknown(path)}"
    if path == ("source",) and kind == "missing":
        return ": there is no [[source]]; at least one is needed"
    if len(path) == 1 and path[0] in LISTS and kind == "list_type":
        return f": write {LISTS[path[0]]} in double brackets, [[{path[0]}]]"
    if kind == "missing":
        return f"{_table_name(path[:-1], raw)}: {path[-1]!r} is missing"
    key = next((part for part in reversed(path) if isinstance(part, str)), None)
    is_table = not path or path[-1] != key or _kind(path) in TABLES
    shown = "" if key is None or (is_table and len(path) < 3) else f"{key}: "
    return f"{_table_name(path[:-1] if shown else path, raw)}: {shown}{explain(error)}"


def _table_name(path: Sequence[str | int], raw: dict[str, Any]) -> str:
    """Name the table that holds a key, for error messages."""
    if len(path) >= 2 and path[0] in LISTS and isinstance(path[1], int):
        try:
            name = raw[path[0]][path[1]]["name"]
        except (KeyError, TypeError, IndexError):
            name = None
        return f", {path[0]} {name!r}" if isinstance(name, str) else f", {path[0]} {path[1] + 1}"
    names = [str(part) for part in path]
    for length in range(len(names), 0, -1):
        if _kind(names[:length]) in TABLES and names[0] not in LISTS:
            return f", [{'.'.join(names[:length])}]"
    return ""


def _kind(path: Sequence[str | int]) -> tuple[str | int, ...]:
    """The path of a table as it is in `TABLES`."""
    return ("models", ANY, *path[2:]) if len(path) >= 2 and path[0] == "models" else tuple(path)


def _unknown(path: Sequence[str | int]) -> str:
    key, near = str(path[-1]), _near(path)
    if near is not None:
        return f"unknown key {key!r}, did you mean {near!r}?"
    return f"unknown key {key!r}; known keys: {', '.join(_known(path))}"


def _known(path: Sequence[str | int]) -> list[str]:
    """Return the keys of the table that holds a key."""
    table = _kind([part for part in path[:-1] if isinstance(part, str)])
    fields = TABLES[table].model_fields.items() if table in TABLES else ()
    return [field.alias or name for name, field in fields]


def _near(path: Sequence[str | int]) -> str | None:
    """Return the key that was probably meant; None if no key is similar."""
    return nearest(str(path[-1]), _known(path))
