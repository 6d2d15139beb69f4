"""Rows of annotation files: cells by the names of their columns, with checks.

Invalid values raise ValueError; `at_line` turns it into a DataError with file and line.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from whipbird.errors import DataError
from whipbird.formats.annotation import Annotation

__all__ = [
    "COMMA",
    "TAB",
    "Annotations",
    "Rows",
    "at_line",
    "checked_annotation",
    "checked_name",
    "first_line",
    "label_in",
    "number_in",
    "plain",
    "read_annotation",
    "row_of",
    "separated_rows",
    "separator_of",
    "tab_rows",
    "table",
]

COMMA, SEMICOLON, TAB = ",", ";", "\t"
DECIMAL_COMMA = re.compile(r"\s*[-+]?[0-9]+,[0-9]+\s*")
DECIMAL_POINT = re.compile(r"\s*[-+]?[0-9]+\.[0-9]+\s*")
BREAKS = re.compile(r"[\t\n\r\0]")  # names cannot contain these

Annotations = dict[str, list[Annotation]]
Rows = Iterator[tuple[int, list[str]]]  # line numbers, from 1, and cells


def tab_rows(text: str) -> Rows:
    """Rows of cells that are separated by tabs, without blank lines."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.split("\t")


def first_line(text: str) -> tuple[int, str]:
    """Number and text of the first line that is not blank; 1 and nothing if there is none."""
    return next(((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()), (1, ""))


def separator_of(header: str) -> str:
    """What separates the columns of a table, by its header."""
    if TAB in header:
        return TAB
    return SEMICOLON if header.count(SEMICOLON) > header.count(COMMA) else COMMA


def separated_rows(path: Path, text: str) -> Rows:
    """Rows of cells that are separated as in the first line, and quoted if need be, without blank lines."""
    reader = csv.reader(io.StringIO(text), delimiter=separator_of(first_line(text)[1]), strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}, line {number}: {error}; are all quotation marks in pairs?") from error


@contextmanager
def at_line(path: Path, number: int) -> Iterator[None]:
    """Turn a ValueError into a DataError that names the file and the line."""
    try:
        yield
    except ValueError as error:
        raise DataError(f"{path}, line {number}: {error}") from error


def plain(column: str) -> str:
    """The name of a column as it is compared: in lower case, and without the unit ``(s)``, which some leave out."""
    return " ".join(column.lower().replace("_", " ").removesuffix("(s)").split())


def table(
    path: Path, rows: Rows, needed: Sequence[Sequence[str]], others: Sequence[str] = ()
) -> tuple[list[str], Rows]:
    """Names of the columns of the first row, and the rows below it, without repetitions of the header.

    Columns that are known are spelt as in ``needed`` and ``others``; see `plain`.

    Raises
    ------
    DataError
        If a known column is there twice, or a group in ``needed`` has no column.
    """
    spelling = {plain(name): name for group in (*needed, others) for name in group}
    number, header = next(rows, (1, [""]))
    names = [spelling.get(plain(cell), cell) for cell in header]
    missing = [" or ".join(group) for group in needed if not set(group) & set(names)]
    if missing:
        raise DataError(f"{path}, line {number}: no column {', '.join(missing)} among {', '.join(map(repr, header))}")
    for name in spelling.values():
        if names.count(name) > 1:
            raise DataError(f"{path}, line {number}: two columns {name}")
    return names, ((number, cells) for number, cells in rows if cells != header)


def row_of(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """From column to cell; spreadsheets and editors remove empty cells at the end, or add some."""
    if any(cell.strip() for cell in cells[len(names) :]):
        raise ValueError(f"{len(cells)} fields for {len(names)} columns")
    return dict(zip(names, [*cells, *[""] * len(names)], strict=False))


def number_in(row: Mapping[str, str], column: str, has_commas: bool = False) -> float:
    """The number in a column.

    Parameters
    ----------
    has_commas : bool
        Whether a comma may be the decimal sign, as no other number in the row has a point.
    """
    text = row[column]
    if has_commas and DECIMAL_COMMA.fullmatch(text) and not any(map(DECIMAL_POINT.fullmatch, row.values())):
        text = text.replace(COMMA, ".")
    try:
        if "_" not in text:  # which Python allows between digits
            return float(text)
    except ValueError:
        pass
    raise ValueError(f"{column} is {text!r}, not a number with a decimal point")


def label_in(row: Mapping[str, str], columns: Sequence[str], unlabelled: str | None) -> str:
    """The first label in some columns, as written; ``unlabelled`` if there is none."""
    return next((row[column] for column in columns if row[column].strip()), unlabelled or "")


def read_annotation(begin_s: float, end_s: float, label: str) -> Annotation:
    """An annotation that was read; one that starts before its recording is cut to the part that is in it.

    Programs that pad selections, or let tracks be moved, write such starts.

    Raises
    ------
    ValueError
        As `checked_annotation`.
    """
    return checked_annotation(0.0 if begin_s < 0 < end_s else begin_s, end_s, label)


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
