"""The lines of a TOML text on which its tables and keys stand, so that errors can name them.

The text is known to be TOML, so a light scan is enough: strings, comments and brackets are told apart, and everything
else is a statement. What stands within an inline table or a list has the line of its key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["Places", "line_of", "places"]

Places = dict[tuple[str | int, ...], int]
"""Lines, counted from 1, by paths such as ``("source", 1, "models")``."""

TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}'  # strings of several lines
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\''
    r"|\#[^\n]*|[\[\]{}\n]|[^\"'\#\[\]{}\n]+|.",
    re.DOTALL,
)
KEY = re.compile(r'\s*([A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|\'[^\']*\')\s*(\.?)')


def places(text: str) -> Places:
    """The lines of all tables and keys."""
    found: Places = {(): 1}
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    for line, statement in _statements(text):
        if statement.startswith("[["):
            name = _within(_keys(statement[2:]), counts)
            counts[name] = counts.get(name, -1) + 1
            found.setdefault(name, line)
            table = (*name, counts[name])
            found[table] = line
        elif statement.startswith("["):
            table = _within(_keys(statement[1:]), counts)
            _note(found, table, line)
        else:
            _note(found, (*table, *_keys(statement)), line, len(table))
    return found


def line_of(found: Places, path: Sequence[str | int]) -> int:
    """The line of a path, or of the nearest above it."""
    for length in range(len(path), -1, -1):
        if (line := found.get(tuple(path[:length]))) is not None:
            return line
    return 1


def _statements(text: str) -> list[tuple[int, str]]:
    """Headers, and keys with their values, without comments, each with the line on which it begins."""
    statements = []
    line, depth, begin, parts = 1, 0, 1, ""
    for token in TOKEN.findall(text):
        if token == "\n" and depth == 0:
            if parts.strip():
                statements.append((begin, parts.strip()))
            parts = ""
        elif not token.startswith("#"):
            if not parts.strip():
                begin = line
            depth += (token in "[{") - (token in "]}")
            parts += token
        line += token.count("\n")
    if parts.strip():
        statements.append((begin, parts.strip()))
    return statements


def _keys(text: str) -> tuple[str, ...]:
    """A dotted key as its parts."""
    keys, end = [], 0
    while match := KEY.match(text, end):
        key = match[1]
        keys.append(key[1:-1] if key[0] in "\"'" else key)
        end = match.end()
        if not match[2]:
            break
    return tuple(keys)


def _within(keys: tuple[str, ...], counts: dict[tuple[str | int, ...], int]) -> tuple[str | int, ...]:
    """A header's path: of a list of tables above it, the latest is meant."""
    path: tuple[str | int, ...] = ()
    for key in keys[:-1]:
        path = (*path, key)
        if path in counts:
            path = (*path, counts[path])
    return (*path, *keys[-1:])


def _note(found: Places, path: tuple[str | int, ...], line: int, above: int = 0) -> None:
    for length in range(above + 1, len(path) + 1):
        found.setdefault(path[:length], line)
