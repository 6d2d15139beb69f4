"""Tables of verdicts: CSV and Raven selection tables, with a column ``verdict`` that a person has filled in.

The columns are those of events in the same format, with ``verdict``, ``other_label``, ``judge``, ``judged`` and
``drawn``; only ``verdict`` is needed of these. Rows without a verdict are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from whipbird.events.verdict import Answer
from whipbird.formats.annotation_files import read_text
from whipbird.formats.annotation_rows import (
    COMMA,
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
    table,
)
from whipbird.formats.cells import VERDICT_COLUMNS
from whipbird.formats.csv_rows import ANNOTATION_COLUMNS
from whipbird.formats.raven_annotations import BEGIN, END, FILE, LABELS, OFFSET, PATH

__all__ = ["JudgedRow", "read_verdict_table"]

WORDS = {
    **dict.fromkeys(("yes", "y", "true", "1", "right", "correct"), Answer.YES),
    **dict.fromkeys(("no", "n", "false", "0", "wrong", "incorrect"), Answer.NO),
    **dict.fromkeys(("unsure", "u", "?", "maybe", "unclear"), Answer.UNSURE),
    **dict.fromkeys(("other", "o"), Answer.OTHER),
}
"""What people write for each answer, in lower case."""
TRUE = ("true", "yes", "1")


@dataclass(frozen=True)
class JudgedRow:
    """A row with a verdict.

    Attributes
    ----------
    line : int
    recording : str
        As it is named in the table.
    label : str
    begin_s, end_s : float
        In seconds from the start of the recording.
    time : str
        Time of the event as in the table; empty if it has none.
    answer : Answer
    other, judge : str or None
    judged : datetime or None
    drawn : bool
    """

    line: int
    recording: str
    label: str
    begin_s: float
    end_s: float
    time: str
    answer: Answer
    other: str | None
    judge: str | None
    judged: datetime | None
    drawn: bool


def read_verdict_table(path: Path) -> list[JudgedRow]:
    """Read the rows with a verdict.

    Raises
    ------
    DataError
        If the file cannot be read, is no such table, or a row is wrong.
    """
    text = read_text(path)
    header = first_line(text)[1]
    separator = separator_of(header)
    cells = {plain(cell.strip(' "')) for cell in header.split(separator)}
    is_raven = cells >= {plain(BEGIN), plain(END)}
    where = (FILE, PATH) if is_raven else ANNOTATION_COLUMNS[:1]
    times = (BEGIN, END) if is_raven else ANNOTATION_COLUMNS[1:3]
    labels = LABELS if is_raven else ANNOTATION_COLUMNS[3:]
    needed = [where, *((name,) for name in times), labels, VERDICT_COLUMNS[:1]]
    names, rows = table(path, separated_rows(path, text), needed, (OFFSET, "time", *VERDICT_COLUMNS[1:]))
    found = []
    for line, row_cells in rows:
        with at_line(path, line):
            row = row_of(names, row_cells)
            if row["verdict"].strip():
                found.append(_row(line, row, where, times, [name for name in labels if name in names], separator))
    return found


def _row(
    line: int,
    row: Mapping[str, str],
    where: tuple[str, ...],
    times: tuple[str, ...],
    labels: list[str],
    separator: str,
) -> JudgedRow:
    begin_s, end_s = (number_in(row, name, separator != COMMA) for name in times)
    if row.get(OFFSET, "").strip():
        offset_s = number_in(row, OFFSET, separator != COMMA)
        begin_s, end_s = offset_s, offset_s + end_s - begin_s
    sound = read_annotation(begin_s, end_s, label_in(row, labels, None))
    answer, other = _answer(row["verdict"], row.get("other_label", ""))
    return JudgedRow(
        line=line,
        recording=checked_name(next((row[name] for name in reversed(where) if row.get(name, "").strip()), "")),
        label=sound.label,
        begin_s=sound.begin_s,
        end_s=sound.end_s,
        time=row.get("time", "").strip(),
        answer=answer,
        other=other,
        judge=row.get("judge", "").strip() or None,
        judged=_moment(row.get("judged", "").strip()),
        drawn=row.get("drawn", "").strip().lower() in TRUE,
    )


def _answer(text: str, other_label: str) -> tuple[Answer, str | None]:
    """The answer of a cell, and the other label, which may follow ``other:``."""
    word, colon, label = (part.strip() for part in text.partition(":"))
    answer = WORDS.get(word.lower())
    if answer is None:
        raise ValueError(f"the verdict {text!r} is none of yes, no, unsure, and other with a label")
    other = (label if colon else other_label).strip() or None
    if answer is Answer.OTHER and other is None:
        raise ValueError("the verdict 'other' needs the other label, in the column other_label or as 'other: LABEL'")
    if answer is Answer.NO and other is not None:
        answer = Answer.OTHER
    return answer, other if answer is Answer.OTHER else None


def _moment(text: str) -> datetime | None:
    """When a verdict was given; without a zone, in UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date and time") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
