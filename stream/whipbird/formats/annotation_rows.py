"""Rows of annotation files: cells by the names of their columns, with checks.

Invalid values raise ValueError; `at_line` turns it into a DataError with file and line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from whipbird.errors import DataError
from whipbird.formats.annotation import Annotation

__all__ = [
    "Annotations",
    "Rows",
    "at_line",
    "checked_annotation",
    "checked_name",
    "header",
    "number_in",
    "row_of",
    "tab_rows",
]

BREAKS = re.compile(r"[\t\n\r\0]")  # names cannot contain these

Annotations = dict[str, list[Annotation]]
Rows = Iterator[tuple[int, list[str]]]  # line numbers, from 1, and cells


def tab_rows(text: str) -> Rows:
    """Rows of cells that are separated by tabs, without blank lines."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.split("\t")


@contextmanager
def at_line(path: Path, number: int) -> Iterator[None]:
    """Turn a ValueError into a DataError that names the file and the line."""
    try:
        yield
    except ValueError as error:
        raise DataError(f"{path}, line {number}: {error}") from error


def header(path: Path, rows: Rows, needed: Sequence[Sequence[str]], others: Sequence[str] = ()) -> list[str]:
    """Names of the columns of the first row; those that are known are spelt as in ``needed`` and ``others``.

    Raises
    ------
    DataError
        If a known column is there twice, or a group in ``needed`` has no column.
    """
    spelling = {name.lower(): name for group in (*needed, others) for name in group}
    number, cells = next(rows, (1, [""]))
    names = [spelling.get(cell.strip().lower(), cell) for cell in cells]
    missing = [" or ".join(group) for group in needed if not set(group) & set(names)]
    if missing:
        raise DataError(f"{path}, line {number}: no column {', '.join(missing)} among {', '.join(map(repr, cells))}")
    for name in spelling.values():
        if names.count(name) > 1:
            raise DataError(f"{path}, line {number}: two columns {name}")
    return names


def row_of(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """From column to cell; spreadsheets and editors remove empty cells at the end, or add some."""
    if any(cell.strip() for cell in cells[len(names) :]):
        raise ValueError(f"{len(cells)} fields for {len(names)} columns")
    return dict(zip(names, [*cells, *[""] * len(names)], strict=False))


def number_in(row: Mapping[str, str], column: str) -> float:
    """The number in a column."""
    text = row[column]
    try:
        if "_" not in text:  # which Python allows between digits
            return float(text)
    except ValueError:
        pass
    raise ValueError(f"{column} is {text!r}, not a number with a decimal point")


def checked_annotation(begin_s: float, end_s: float, label: str) -> Annotation:
    """An annotation; ValueError if its times or label could not be written and read again."""
    if not (math.isfinite(begin_s) and math.isfinite(end_s)):
        raise ValueError(f"from {begin_s} s to {end_s} s is not finite")
    if begin_s < 0:
        raise ValueError(f"the start, {begin_s} s, is negative")
    if end_s < begin_s:
        raise ValueError(f"the end, {end_s} s, is before the start, {begin_s} s")
    return Annotation(begin_s + 0.0, end_s + 0.0, checked_name(label, "label"))  # no negative zero


def checked_name(name: str, what: str = "recording") -> str:
    """The name of a recording, or of ``what``; ValueError if no file could hold it."""
    if not name.strip():
        raise ValueError(f"no {what}")
    if BREAKS.search(name):
        raise ValueError(f"the {what} {name!r} contains a tab or a line break")
    return name
