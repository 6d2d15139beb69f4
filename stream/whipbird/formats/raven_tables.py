"""Raven's selection tables.

They are separated by tabs, with Raven's header. If there is the column ``Begin File``, recordings are named there, and
``File Offset (s)``, if there is one, is the begin: ``Begin Time (s)`` counts over all files. Without ``Begin File``,
the recording is named as the table: ``rec01.Table.1.selections.txt`` is of ``rec01``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_rows import (
    Found,
    at_line,
    checked_annotation,
    checked_name,
    header,
    number_in,
    row_of,
    tab_rows,
)
from whipbird.formats.cells import DECIMALS
from whipbird.formats.raven import (
    BEGIN,
    END,
    FILE,
    OFFSET,
    SELECTION,
    SELECTION_COLUMNS,
    TABLE_SUFFIXES,
    selection_cells,
    table_line,
)

__all__ = ["is_raven", "raven_text", "read_raven"]

LABELS = ("Annotation", "Label", "Species", "Common Name", "Tag", "Type", "Class")  # the first that there is


def is_raven(line: str) -> bool:
    """Whether the first line of a file is the header of such a table."""
    return bool(
        {cell.strip().lower() for cell in line.split("\t")} & {name.lower() for name in (SELECTION, BEGIN, END)}
    )


def read_raven(path: Path, text: str) -> Found:
    """From recording to its annotations.

    Raises
    ------
    DataError
        If a line is wrong.
    """
    rows = tab_rows(text)
    names = header(path, rows, [(BEGIN,), (END,), LABELS], (SELECTION, FILE, OFFSET))
    label = next(name for name in LABELS if name in names)
    own = TABLE_SUFFIXES.sub("", path.name)
    found: Found = {} if FILE in names else {own: []}
    selections: dict[str, tuple[float, float]] = {}
    for number, cells in rows:
        with at_line(path, number):
            row = row_of(names, cells)
            begin_s, end_s = number_in(row, BEGIN), number_in(row, END)
            event = checked_annotation(begin_s, end_s, row[label])
            # A selection has a line for each view that was exported.
            selection = row.get(SELECTION, "").strip()
            if selection in selections:
                if selections[selection] != (begin_s, end_s):
                    raise ValueError(f"selection {selection} is given again, with other times")
                continue
            if selection:
                selections[selection] = begin_s, end_s
            if FILE in names and OFFSET in names:
                offset_s = number_in(row, OFFSET)
                ends_s = offset_s + (end_s - begin_s)
                event = checked_annotation(round(offset_s, DECIMALS), round(ends_s, DECIMALS), row[label])
            recording = checked_name(row[FILE], FILE) if FILE in names else own
            found.setdefault(recording, []).append(event)
    return found


def raven_text(events: Iterable[Annotation]) -> str:
    """A table of one recording."""
    rows = [
        (*selection_cells(selection, event.begin_s, event.end_s), event.label)
        for selection, event in enumerate(events, 1)
    ]
    return "".join(table_line(*cells) for cells in [(*SELECTION_COLUMNS, LABELS[0]), *rows])
