"""Files of annotations: read and write them in every format that holds annotations.

Times are in seconds from the start of the recording. The first line of a file shows its format. Files are written in
UTF-8 with a decimal point; UTF-16 with a byte order mark, Windows-1252 and, except in tables separated by commas, a
decimal comma are read as well. Labels and recordings are kept as written, with spaces around them, if any.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from whipbird.errors import DataError
from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_rows import Annotations, checked_annotation, checked_name, first_line
from whipbird.formats.csv_rows import ANNOTATION_COLUMNS, CSV
from whipbird.formats.registry import FORMATS
from whipbird.recordings.files import sound_files
from whipbird.system.whole_file import whole_file

__all__ = ["read_all", "read_annotations", "read_text", "write_annotations"]

LARGEST_BYTES = 64 << 20
CONTROL = re.compile("[\0-\x08\x0e-\x1f]")  # in no text
CONTROL_OR_REPLACED = re.compile("[\0-\x08\x0e-\x1f\ufffd]")  # or bytes that are not in the encoding
ANNOTATION_FORMATS = {known.name: known.annotations for known in FORMATS if known.annotations is not None}
READ_IN_ORDER = [  # CSV last: it accepts any first line in a ``.csv`` file
    *(known for known in reversed(ANNOTATION_FORMATS.values()) if known is not CSV.annotations),
    ANNOTATION_FORMATS[CSV.name],
]
SUFFIXES = tuple(sorted({suffix for known in ANNOTATION_FORMATS.values() for suffix in known.suffixes}))


def read_annotations(path: Path, unlabelled: str | None = None) -> dict[str, list[Annotation]]:
    """Read one file: from each recording, as named there, to its annotations, sorted.

    Parameters
    ----------
    path : Path
    unlabelled : str, optional
        Label of annotations that have none; by default they are an error.

    Raises
    ------
    DataError
        If the file cannot be read, is in no known format, or a line is wrong.
    """
    text = read_text(path)
    number, first = first_line(text)
    suffix = path.suffix.lower()
    for known in READ_IN_ORDER:
        if known.recognises(first, suffix):
            return {recording: sorted(events) for recording, events in known.read(path, text, unlabelled).items()}
    raise DataError(
        f"{path}, line {number}: unknown format; needs a CSV header {','.join(ANNOTATION_COLUMNS)}, "
        "the header of a Raven selection table or of BirdNET-Analyzer's CSV, or Audacity's start, end and label, "
        "separated by tabs"
    )


def read_all(paths: Iterable[Path], unlabelled: str | None = None) -> dict[str, list[Annotation]]:
    """Read files, and in folders the files ``*.csv``, ``*.tsv`` and ``*.txt``, but not those in sub-folders.

    Annotations of a recording in several files are joined. If these files are in several folders, each is for the
    recording of that name in its own folder, if there is one. A file that is given twice is read once; hidden files in
    a folder are left out. For ``unlabelled``, see `read_annotations`.

    Raises
    ------
    DataError
        As for `read_annotations`; if a folder has no such file; if no recording is named at all.
    """
    paths = list(paths)
    files: dict[Path, Path] = {}
    for path in paths:
        inside = _tables(path) if path.is_dir() else [path]
        if not inside:
            raise DataError(f"no annotations in {path}: needs files {', '.join(f'*{suffix}' for suffix in SUFFIXES)}")
        for file in inside:
            files.setdefault(file.resolve(), file)
    tables = {file: read_annotations(file, unlabelled) for file in files}
    folders: dict[str, set[Path]] = {}
    for file, table in tables.items():
        for recording in table:
            folders.setdefault(recording, set()).add(file.parent)
    several = {folder for parents in folders.values() if len(parents) > 1 for folder in parents}
    beside = {folder: _names_of_recordings(folder) for folder in several}
    found: Annotations = {}
    for file, table in tables.items():
        for recording, events in table.items():
            is_beside = len(folders[recording]) > 1 and recording in beside[file.parent]
            found.setdefault(str(file.parent / recording) if is_beside else recording, []).extend(events)
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
        Raven tables and Audacity labels do not name their recording: name the file after it.
    annotations : mapping
        From each recording to its annotations; exactly one recording for Raven and Audacity.

    Raises
    ------
    ValueError
        If the format cannot hold this many recordings, or the file could not be read again: labels or recordings that
        are blank or contain tabs or line breaks, times that are negative, not finite, or in the wrong order.
    DataError
        If the file cannot be written.
    """
    checked = {
        checked_name(recording): sorted(checked_annotation(event.begin_s, event.end_s, event.label) for event in events)
        for recording, events in annotations.items()
    }
    chosen = ANNOTATION_FORMATS[kind]
    if not chosen.names_recordings and len(checked) != 1:
        raise ValueError(f"a file of kind {kind!r} holds the annotations of one recording, not of {len(checked)}")
    assert chosen.text is not None, "annotations are written in this format"
    data = chosen.text(checked).encode()
    try:
        with whole_file(path) as file:
            file.write(data)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}") from error


def read_text(path: Path) -> str:
    """The text of a table, with plain line breaks; raises DataError if it cannot be read or is no text."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > LARGEST_BYTES:
        raise DataError(f"{path}: too large for annotations: over {LARGEST_BYTES >> 20} MiB")
    text, wrong = _decoded(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (control := wrong.search(text)) is not None:
        line = text[: control.start()].count("\n") + 1
        raise DataError(f"{path}, line {line}: not text")
    return text


def _decoded(data: bytes) -> tuple[str, re.Pattern[str]]:
    """Text in UTF-16 with a byte order mark, in UTF-8, or else in Windows-1252; and what must not be in it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), CONTROL_OR_REPLACED
    try:
        return data.decode("utf-8-sig"), CONTROL
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), CONTROL_OR_REPLACED


def _names_of_recordings(folder: Path) -> set[str]:
    """The names of the recordings in a folder, with and without suffix."""
    return {name for file in sound_files(folder) for name in (file.name, file.stem)}


def _tables(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
