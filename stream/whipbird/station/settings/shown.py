"""A station's settings for people to read, as they are in the file, without secrets.

Addresses are shown without user names, passwords and parameters; of webhooks only the host, of alerts only the kinds of
service, and of commands only the program.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from whipbird.system.address import redacted

__all__ = ["shown_settings"]

HIDDEN = "…"

Rows = list[tuple[str, str]]  # keys and values


def shown_settings(written: Mapping[str, Any]) -> list[tuple[str, Rows]]:
    """The tables of a settings file with their rows, in its order, from what `tomllib` reads."""
    tables: list[tuple[str, Rows]] = []
    for name, table in written.items():
        for one in table if isinstance(table, list) else [table]:
            _add(tables, name, one)
    return tables


def _add(tables: list[tuple[str, Rows]], name: str, table: Mapping[str, Any]) -> None:
    rows: Rows = []
    tables.append((name, rows))
    for key, value in table.items():
        if isinstance(value, dict) and (name.startswith("outputs") or name == "models"):
            _add(tables, f"{name}.{key}", value)
        else:
            rows.append((key, _shown(name, key, value)))
    if not rows:
        tables.remove((name, rows))


def _shown(table: str, key: str, value: Any) -> str:
    """The text of a value, without what may be secret."""
    if (table, key) in (("alert", "to"), ("digest", "to")):
        return ", ".join(f"{kind}://{HIDDEN}" for kind in _kinds(value))
    if (table, key) in (("outputs", "exec"), ("outputs.exec", "command")):
        return _program(str(value))
    if (table, key) in (("outputs", "webhook"), ("outputs.webhook", "address")):
        parts = urlsplit(str(value))
        return f"{parts.scheme}://{parts.hostname or HIDDEN}/{HIDDEN}"
    return _text(value)


def _kinds(addresses: Any) -> list[str]:
    several = addresses if isinstance(addresses, list) else [addresses]
    return [str(one).partition("://")[0] if "://" in str(one) else HIDDEN for one in several]


def _program(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError:
        return HIDDEN
    return f"{words[0]} {HIDDEN}" if len(words) > 1 else " ".join(words)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_text(one)}" for key, one in value.items())
    text = str(value)
    return redacted(text) if "://" in text else text
