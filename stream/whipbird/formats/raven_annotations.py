"""Raven selection tables as annotations.

A column ``Begin File`` or ``Begin Path`` names the recordings, and ``File Offset (s)``, if there is one, gives the
starts. Recordings are named by their files; where two files share a name, by the shortest end of the path that differs.
Without these columns, the recording is named after the table: ``rec01.Table.1.selections.txt`` belongs to ``rec01``.

Tables that spreadsheets have saved with commas or semicolons, or with a decimal comma, are read as well.

A selection has one row for each view that was exported, and counts once. Tables that were put together are read like
each of them alone: headers in between are skipped, and numbers of selections may start again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from whipbird.errors import DataError
from whipbird.formats.annotation_rows import (
    COMMA,
    TAB,
    Annotations,
    at_line,
    checked_name,
    first_line,
    label_in,
    number_in,
    plain,
    read_annotation,
    row_of,
    separated_rows,
    separator_of,
    tab_rows,
    table,
)
from whipbird.formats.cells import DECIMALS
from whipbird.recordings.short_names import distinct_ends

__all__ = ["BEGIN", "CHANNEL", "END", "FILE", "LABELS", "OFFSET", "PATH", "SELECTION", "VIEW", "read", "recognises"]

SELECTION, VIEW, CHANNEL = "Selection", "View", "Channel"
BEGIN, END = "Begin Time (s)", "End Time (s)"
PATH, FILE, OFFSET = "Begin Path", "Begin File", "File Offset (s)"
LABELS = (
    *("Annotation", "Label", "Species", "Common Name", "Tag", "Type", "Class"),
    *("Scientific Name", "Species Code"),
)
"""Columns of labels; the first one that is filled is read."""

NAME_END = re.compile(r"(\.BirdNET)?(\.Table\.[0-9]+)?(\.(selections?|raven))?(\.table)?(\.[^.]+)?$", re.IGNORECASE)
"""The end of a table's file name, after the name of the recording."""


@dataclass(frozen=True)
class _Selection:
    """A row of a table; ``place`` is the parts of the recording's path, empty if the table does not name it."""

    line: int
    place: tuple[str, ...]
    number: str
    view: tuple[str, str]
    begin_s: float
    end_s: float
    offset_s: float | None
    label: str


def recognises(first: str, suffix: str) -> bool:
    """Whether the first line of a file is the header of a table."""
    separator = separator_of(first)
    found = {plain(cell.strip('"')) for cell in first.split(separator)}
    if separator == TAB:
        return bool(found & {plain(name) for name in (SELECTION, BEGIN, END)})
    return found >= {plain(BEGIN), plain(END)}


def read(path: Path, text: str, unlabelled: str | None) -> Annotations:
    """Read a table; see `whipbird.formats.base.AnnotationFormat`."""
    separator = separator_of(first_line(text)[1])
    names, rows = table(
        path,
        tab_rows(text) if separator == TAB else separated_rows(path, text),
        [(BEGIN,), (END,)],
        (SELECTION, VIEW, CHANNEL, PATH, FILE, OFFSET, *LABELS),
    )
    labels = [name for name in LABELS if name in names]
    selections = []
    for line, cells in rows:
        if not labels and unlabelled is None:
            raise DataError(
                f"{path}, line {line}: the table has no column of labels ({', '.join(LABELS)}); "
                "give one label for all of its rows with --annotation-label"
            )
        with at_line(path, line):
            selections.append(_selection(line, row_of(names, cells), labels, unlabelled, separator != COMMA))
    named = FILE in names or PATH in names
    selections = list(_once(selections, VIEW in names))
    if named and OFFSET not in names and _may_count_over_list(selections):
        raise DataError(
            f"{path}: names several recordings, but has no column {OFFSET}, and {BEGIN} may count from the start of "
            "the first one; add that column in Raven, or save a table for each recording"
        )
    ends = distinct_ends(selection.place for selection in selections)
    own = NAME_END.sub("", path.name)
    found: Annotations = {} if named else {own: []}
    for selection in selections:
        begin_s, end_s = selection.begin_s, selection.end_s
        if named and selection.offset_s is not None:
            begin_s = round(selection.offset_s, DECIMALS)
            end_s = round(selection.offset_s + (selection.end_s - selection.begin_s), DECIMALS)
        with at_line(path, selection.line):
            event = read_annotation(begin_s, end_s, selection.label)
        found.setdefault(ends[selection.place] if named else own, []).append(event)
    return found


def _selection(
    line: int, row: Mapping[str, str], labels: Sequence[str], unlabelled: str | None, has_commas: bool
) -> _Selection:
    begin_s, end_s = number_in(row, BEGIN, has_commas), number_in(row, END, has_commas)
    label = label_in(row, labels, unlabelled)
    read_annotation(begin_s, end_s, label)
    return _Selection(
        line=line,
        place=_place(row),
        number=row.get(SELECTION, "").strip(),
        view=(row.get(VIEW, ""), row.get(CHANNEL, "")),
        begin_s=begin_s,
        end_s=end_s,
        offset_s=number_in(row, OFFSET, has_commas) if OFFSET in row else None,
        label=label,
    )


def _place(row: Mapping[str, str]) -> tuple[str, ...]:
    """Parts of the path of a row's recording; empty without a column that names it."""
    path = PurePosixPath(row.get(PATH, "").replace("\\", "/")).parts
    if FILE not in row:
        return (*path[:-1], checked_name(path[-1] if path else "", PATH)) if PATH in row else ()
    file = checked_name(row[FILE], FILE)
    return path if path[-1:] == (file,) else (*path, file)


def _once(selections: Sequence[_Selection], with_views: bool) -> Iterator[_Selection]:
    """The selections, each once: one that is repeated in the same view is another selection."""
    seen: dict[tuple[object, ...], Counter[tuple[str, str]]] = {}
    for one in selections:
        views = seen.setdefault((one.place, one.number, one.begin_s, one.end_s, one.label), Counter())
        most = max(views.values(), default=0)
        views[one.view] += 1
        if not one.number or not most or (with_views and views[one.view] > most):
            yield one


def _may_count_over_list(selections: Sequence[_Selection]) -> bool:
    """Whether times may count over several recordings: they and the numbers of the selections never start again."""
    numbers = [one.number for one in selections if one.number]
    if len({one.place for one in selections}) < 2 or len(set(numbers)) < len(numbers):
        return False
    spans: dict[tuple[str, ...], tuple[float, float]] = {}
    for one in selections:
        begin_s, end_s = spans.get(one.place, (one.begin_s, one.end_s))
        spans[one.place] = min(begin_s, one.begin_s), max(end_s, one.end_s)
    ordered = sorted(spans.values())
    return all(ended[1] <= begun[0] for ended, begun in pairwise(ordered))
