"""Reading the settings of a station: anything wrong is one line that names the file, the line and the key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from stream.errors import WhipbirdError
from stream.monitor.places import line_of, places
from stream.monitor.settings import Clips, Exec, Mqtt, Outputs, Settings, SourceSettings, StationSettings, Webhook

__all__ = ["SettingsError", "key_error", "parse_settings", "read_settings"]

LARGEST_BYTES = 1_000_000
LONGEST = 600  # characters of a message
TABLES: dict[tuple[str, ...], type[BaseModel]] = {
    (): Settings,
    ("station",): StationSettings,
    ("source",): SourceSettings,
    ("outputs",): Outputs,
    ("outputs", "clips"): Clips,
    ("outputs", "mqtt"): Mqtt,
    ("outputs", "webhook"): Webhook,
    ("outputs", "exec"): Exec,
}
WANTED = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": 'must be a list, such as ["one", "other"]',
    "model_type": "must be a table",
    "finite_number": "must be a number",
    "too_short": "must not be empty",
}


class SettingsError(WhipbirdError):
    """A file of settings that cannot be used."""


def read_settings(path: Path) -> Settings:
    """Read a file of settings.

    Raises
    ------
    SettingsError
        If it cannot be read, is no TOML, or holds anything that is not meant.
    """
    return parse_settings(_text(path), str(path), path.absolute().parent)


def parse_settings(text: str, name: str, base: Path) -> Settings:
    """Settings from TOML.

    Parameters
    ----------
    name : str
        Of the file, for errors.
    base : Path
        From which relative paths count.

    Raises
    ------
    SettingsError
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_syntax(name, text, str(error))) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{name}: cannot be read: {error}") from error
    try:
        return Settings.model_validate(raw, context={"base": base})
    except ValidationError as error:
        problems = sorted(_problem(one, raw, text) for one in _telling(error.errors(include_url=False)))
        line, what = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise SettingsError(f"{name}, line {line}{_brief(what)}{more}") from error


def key_error(path: Path, place: Sequence[str | int], text: str) -> SettingsError:
    """An error of a key of a file that is valid by itself."""
    try:
        content = _text(path)
        raw = tomllib.loads(content)
    except (SettingsError, ValueError):  # it has changed meanwhile
        return SettingsError(f"{path}: {text}")
    line = line_of(places(content), place)
    return SettingsError(f"{path}, line {line}{_owner(place, raw)}: {place[-1]}: {text}")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise SettingsError(f"{path}: is too large for a file of settings")
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        reason = "is not text in UTF-8" if isinstance(error, UnicodeDecodeError) else error
        raise SettingsError(f"{path}: {getattr(error, 'strerror', None) or reason}") from error


def _brief(text: str) -> str:
    """A text without what is too much of it."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


def _syntax(name: str, text: str, message: str) -> str:
    """The parser's message, with the line in front."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", message, re.DOTALL)
    if match is None:
        return f"{name}: {_brief(message)}"
    line = int(match[2]) if match[2] else text.count("\n") + 1
    return f"{name}, line {line}: {_brief(match[1])}"


def _telling(errors: Sequence[Any]) -> list[Any]:
    """Errors without those that say that a key is missing which is only misspelt."""
    meant = {(*error["loc"][:-1], _near(error["loc"])) for error in errors if error["type"] == "extra_forbidden"}
    return [error for error in errors if error["type"] != "missing" or tuple(error["loc"]) not in meant]


def _problem(error: Any, raw: dict[str, Any], text: str) -> tuple[int, str]:
    """The line, and what is said behind it."""
    path = tuple(error["loc"])
    kind, context = error["type"], error.get("ctx", {})
    if kind == "wrong":
        path = (*path, *context["place"])
    found = places(text)
    if kind == "extra_forbidden":
        return line_of(found, path), f"{_owner(path[:-1], raw)}: {_unknown(path)}"
    if kind == "missing":
        above, key = path[:-1], path[-1]
        what = "there is no [[source]]; at least one is needed" if path == ("source",) else f"{key!r} is missing"
        return line_of(found, above), f"{_owner(above, raw)}: {what}"
    if path == ("source",) and kind == "list_type":
        return line_of(found, path), ": a source is written in double brackets, [[source]]"
    if kind == "wrong":
        message = context["text"]
    else:
        message = WANTED.get(kind) or error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    key = next((part for part in reversed(path) if isinstance(part, str)), None)
    is_table = not path or path[-1] != key or path in TABLES
    shown = "" if key is None or (is_table and len(path) < 3) else f"{key}: "
    return line_of(found, path), f"{_owner(path[:-1] if shown else path, raw)}: {shown}{message}"


def _owner(path: Sequence[str | int], raw: dict[str, Any]) -> str:
    """The table in which something stands, as people call it."""
    if len(path) >= 2 and path[0] == "source" and isinstance(path[1], int):
        try:
            name = raw["source"][path[1]]["name"]
        except (KeyError, TypeError, IndexError):
            name = None
        return f", source {name!r}" if isinstance(name, str) else f", source {path[1] + 1}"
    names = [str(part) for part in path]
    for length in range(len(names), 0, -1):
        if tuple(names[:length]) in TABLES and names[0] != "source":
            return f", [{'.'.join(names[:length])}]"
    return ""


def _unknown(path: Sequence[str | int]) -> str:
    key, near = str(path[-1]), _near(path)
    if near is not None:
        return f"unknown key {key!r}, did you mean {near!r}?"
    return f"unknown key {key!r}; known here: {', '.join(_known(path))}"


def _known(path: Sequence[str | int]) -> list[str]:
    """The keys of the table in which a key stands."""
    table = tuple(part for part in path[:-1] if isinstance(part, str))
    return list(TABLES[table].model_fields) if table in TABLES else []


def _near(path: Sequence[str | int]) -> str | None:
    """The key that was probably meant."""
    near = difflib.get_close_matches(str(path[-1]).lower(), _known(path), 1)
    return near[0] if near else None
