"""Files of annotations.

Three formats are read and written, all in UTF-8, with times in seconds from the start of the recording and a decimal
point; which one a file is in, its first line tells.

- CSV: separated by commas, with a header that has at least the columns ``recording,begin_s,end_s,label``, in any
  order. A row of a recording alone, its other three fields empty, says that it has no events.
- Raven selection table: separated by tabs, with Raven's header. If it has the column ``Begin File``, recordings are
  named there, and ``File Offset (s)``, if there is one, is the begin: ``Begin Time (s)`` counts over all files. Without
  ``Begin File``, the recording is named as the table: ``rec01.Table.1.selections.txt`` is of ``rec01``.
- Audacity labels: begin, end and label, separated by tabs, without a header. Frequency ranges, in lines that begin with
  a backslash, are skipped. The recording is named as the file.

Labels and recordings are kept as written, with spaces around them, if any.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from train.datasets.clips import DataError
from train.evaluate.annotations import Annotation

__all__ = ["read_all", "read_annotations", "write_annotations"]

SUFFIXES = (".csv", ".tsv", ".txt")
DECIMALS = 6  # of a second, as both programs write them

CSV_COLUMNS = ("recording", "begin_s", "end_s", "label")
AUDACITY_COLUMNS = ("begin", "end", "label")

SELECTION, BEGIN, END = "Selection", "Begin Time (s)", "End Time (s)"
FILE, OFFSET = "Begin File", "File Offset (s)"
LABELS = ("Annotation", "Label", "Species", "Common Name", "Tag", "Type", "Class")  # the first that there is
RAVEN_COLUMNS = (SELECTION, "View", "Channel", BEGIN, END, "Low Freq (Hz)", "High Freq (Hz)", LABELS[0])
LOW_HZ, HIGH_HZ = 0.0, 8_000.0  # what bounds each selection written: Raven refuses one that spans nothing

TABLE_SUFFIXES = re.compile(r"(\.Table\.[0-9]+)?(\.selections)?(\.[^.]+)?$", re.IGNORECASE)
LIKE_A_NUMBER = re.compile(r"\s*[-+.]*([0-9]|(nan|inf|infinity)\b)", re.IGNORECASE)
BREAKS = re.compile(r"[\t\n\r\0]")  # no name can hold them

Found = dict[str, list[Annotation]]
Rows = Iterator[tuple[int, list[str]]]  # line numbers, from 1, and cells


def read_annotations(path: Path) -> dict[str, list[Annotation]]:
    """Read one file: from recording, as named there, to its annotations, sorted.

    Raises
    ------
    DataError
        If the file cannot be read, is in no known format, or a line is wrong.
    """
    text = _text(path)
    number, first = next(((n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()), (1, ""))
    columns = {cell.strip(' "').lower() for cell in first.split(",")}
    cells = first.split("\t")
    if not first or first.startswith("\\") or (len(cells) > 1 and LIKE_A_NUMBER.match(first)):
        found = _read_audacity(path, text)
    elif {cell.strip().lower() for cell in cells} & {name.lower() for name in (SELECTION, BEGIN, END)}:
        found = _read_raven(path, text)
    elif len(cells) == 1 and (columns & set(CSV_COLUMNS) or path.suffix.lower() == ".csv"):
        found = _read_csv(path, text)
    else:
        raise DataError(
            f"{path}, line {number}: unknown format; needs a CSV header {','.join(CSV_COLUMNS)}, "
            "the header of a Raven selection table, or Audacity's begin, end and label, separated by tabs"
        )
    return {recording: sorted(events) for recording, events in found.items()}


def read_all(paths: Iterable[Path]) -> dict[str, list[Annotation]]:
    """Read files, and all of the folders' files ``*.csv``, ``*.tsv`` and ``*.txt``, but not those of their sub-folders.

    What several files say of a recording is joined. A file that is given twice is read once; hidden ones in a folder
    do not count.

    Raises
    ------
    DataError
        As `read_annotations` does; if a folder has no such file; if no recordings are named at all.
    """
    paths = list(paths)
    files: dict[Path, Path] = {}
    for path in paths:
        inside = _tables(path) if path.is_dir() else [path]
        if not inside:
            raise DataError(f"no annotations in {path}: needs files {', '.join(f'*{suffix}' for suffix in SUFFIXES)}")
        for file in inside:
            files.setdefault(file.resolve(), file)
    found: Found = {}
    for file in files.values():
        for recording, events in read_annotations(file).items():
            found.setdefault(recording, []).extend(events)
    if not found:
        raise DataError(f"no annotated recordings in {', '.join(map(str, paths)) or 'no files'}")
    return {recording: sorted(events) for recording, events in found.items()}


def write_annotations(
    path: Path, annotations: Mapping[str, Sequence[Annotation]], kind: Literal["csv", "raven", "audacity"]
) -> None:
    """Write annotations, sorted within each recording; the file is replaced whole or stays as it was.

    Parameters
    ----------
    path : Path
        Raven's tables and Audacity's labels do not name their recording: name the file as it.
    annotations : mapping
        From recording to its annotations; of exactly one recording for Raven and Audacity.
    kind : str

    Raises
    ------
    ValueError
        If there are not as many recordings as the format holds, or one could not be read again: labels or recordings
        that are blank or hold tabs or line breaks, times that are negative, not finite, or in the wrong order.
    DataError
        If the file cannot be written.
    """
    checked = {
        _named(recording): sorted(_checked(event.begin_s, event.end_s, event.label) for event in events)
        for recording, events in annotations.items()
    }
    if kind not in ("csv", "raven", "audacity"):
        raise ValueError(f"no such kind of annotations: {kind!r}")
    if kind != "csv" and len(checked) != 1:
        raise ValueError(f"a file of kind {kind!r} holds one recording's annotations, not those of {len(checked)}")
    if kind == "csv":
        text = _csv_text(checked)
    else:
        (events,) = checked.values()
        text = _raven_text(events) if kind == "raven" else _audacity_text(events)
    data = text.encode()
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len((error.object[: error.start] + b".").splitlines())
        raise DataError(f"{path}, line {line}: not text in UTF-8") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    before, null, _ = text.partition("\0")
    if null:
        line = before.count("\n") + 1
        raise DataError(f"{path}, line {line}: not text")
    return text


def _tables(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


@contextmanager
def _line(path: Path, number: int) -> Iterator[None]:
    """Say where it is that a value is wrong."""
    try:
        yield
    except ValueError as error:
        raise DataError(f"{path}, line {number}: {error}") from error


def _read_csv(path: Path, text: str) -> Found:
    found: Found = {}
    rows = _csv_rows(path, text)
    names = _header(path, rows, [(name,) for name in CSV_COLUMNS])
    for number, cells in rows:
        with _line(path, number):
            row = _row(names, cells)
            events = found.setdefault(_named(row["recording"]), [])
            if any(row[name].strip() for name in CSV_COLUMNS[1:]):
                events.append(_checked(_number(row, "begin_s"), _number(row, "end_s"), row["label"]))
    return found


def _read_raven(path: Path, text: str) -> Found:
    rows = _tab_rows(text)
    names = _header(path, rows, [(BEGIN,), (END,), LABELS], (SELECTION, FILE, OFFSET))
    label = next(name for name in LABELS if name in names)
    own = TABLE_SUFFIXES.sub("", path.name)
    found: Found = {} if FILE in names else {own: []}
    selections: dict[str, tuple[float, float]] = {}
    for number, cells in rows:
        with _line(path, number):
            row = _row(names, cells)
            begin_s, end_s = _number(row, BEGIN), _number(row, END)
            event = _checked(begin_s, end_s, row[label])
            # A selection has a line for each view that was exported.
            selection = row.get(SELECTION, "").strip()
            if selection in selections:
                if selections[selection] != (begin_s, end_s):
                    raise ValueError(f"selection {selection} is given again, with other times")
                continue
            if selection:
                selections[selection] = begin_s, end_s
            if FILE in names and OFFSET in names:
                offset_s = _number(row, OFFSET)
                ends_s = offset_s + (end_s - begin_s)
                event = _checked(round(offset_s, DECIMALS), round(ends_s, DECIMALS), row[label])
            recording = _named(row[FILE], FILE) if FILE in names else own
            found.setdefault(recording, []).append(event)
    return found


def _read_audacity(path: Path, text: str) -> Found:
    events = []
    for number, cells in _tab_rows(text):
        if not cells[0].startswith("\\"):
            with _line(path, number):
                row = _row(AUDACITY_COLUMNS, cells)
                events.append(_checked(_number(row, "begin"), _number(row, "end"), row["label"]))
    return {path.stem: events}


def _tab_rows(text: str) -> Rows:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.split("\t")


def _csv_rows(path: Path, text: str) -> Rows:
    reader = csv.reader(io.StringIO(text), strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}, line {number}: {error}; are all quotation marks in pairs?") from error


def _header(path: Path, rows: Rows, needed: Sequence[Sequence[str]], others: Sequence[str] = ()) -> list[str]:
    """Names of the columns, those that are known in our spelling; of each group of needed ones, one is there."""
    spelling = {name.lower(): name for group in (*needed, others) for name in group}
    number, cells = next(rows, (1, [""]))
    names = [spelling.get(cell.strip().lower(), cell) for cell in cells]
    missing = [" or ".join(group) for group in needed if not set(group) & set(names)]
    if missing:
        raise DataError(f"{path}, line {number}: no column {', '.join(missing)} among {', '.join(map(repr, cells))}")
    return names


def _row(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """From column to cell; spreadsheets and editors drop empty cells at the end, or add some."""
    if any(cell.strip() for cell in cells[len(names) :]):
        raise ValueError(f"{len(cells)} fields for {len(names)} columns")
    return dict(zip(names, [*cells, *[""] * len(names)], strict=False))


def _number(row: Mapping[str, str], column: str) -> float:
    text = row[column]
    try:
        if "_" not in text:  # Python allows it between digits
            return float(text)
    except ValueError:
        pass
    raise ValueError(f"{column} is {text!r}, not a number with a decimal point")


def _checked(begin_s: float, end_s: float, label: str) -> Annotation:
    if not (math.isfinite(begin_s) and math.isfinite(end_s)):
        raise ValueError(f"from {begin_s} s to {end_s} s is not finite")
    if begin_s < 0:
        raise ValueError(f"the begin, {begin_s} s, is negative")
    if end_s < begin_s:
        raise ValueError(f"the end, {end_s} s, is before the begin, {begin_s} s")
    return Annotation(begin_s + 0.0, end_s + 0.0, _named(label, "label"))  # no negative zero


def _named(name: str, what: str = "recording") -> str:
    if not name.strip():
        raise ValueError(f"no {what}")
    if BREAKS.search(name):
        raise ValueError(f"the {what} {name!r} holds a tab or a line break")
    return name


def _csv_text(annotations: Mapping[str, Sequence[Annotation]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for recording, events in annotations.items():
        rows = [(recording, _short(event.begin_s), _short(event.end_s), event.label) for event in events]
        writer.writerows(rows or [(recording, "", "", "")])
    return text.getvalue()


def _raven_text(events: Iterable[Annotation]) -> str:
    lines = ["\t".join(RAVEN_COLUMNS)]
    for selection, event in enumerate(events, 1):
        numbers = (event.begin_s, event.end_s, LOW_HZ, HIGH_HZ)
        cells = (str(selection), "Spectrogram 1", "1", *(f"{number:.{DECIMALS}f}" for number in numbers), event.label)
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def _audacity_text(events: Iterable[Annotation]) -> str:
    return "".join(f"{_short(event.begin_s)}\t{_short(event.end_s)}\t{event.label}\n" for event in events)


def _short(seconds: float) -> str:
    return f"{seconds:.{DECIMALS}f}".rstrip("0").rstrip(".")
