"""Opening output files, whose extension selects the format."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from whipbird.database.writer import Database
from whipbird.errors import OutputError
from whipbird.formats.base import FileFormat
from whipbird.formats.birdnet import BirdnetRows
from whipbird.formats.registry import FORMATS
from whipbird.sinks.files.file_publisher import OutputFile
from whipbird.sinks.files.text_file import TextFile
from whipbird.system.whole_file import check_file_path

__all__ = ["LISTS", "check_output", "check_window_file", "open_outputs", "open_window_file"]

LISTS = tuple(ending for kind in FORMATS if kind.over_list for ending in kind.endings)
"""Extensions of formats whose times count through all recordings, one after the other."""

_Opener = Callable[[Path, bool, str], OutputFile]


def _text_opener(kind: FileFormat) -> _Opener:
    return lambda path, recordings, _: TextFile(path, kind.formatter(recordings))


# The first match counts.
ENDINGS: dict[tuple[str, ...], _Opener] = {
    **{kind.endings: _text_opener(kind) for kind in FORMATS},
    (".sqlite", ".db"): lambda path, _, station: Database(path, station),
}


def open_outputs(names: Sequence[str], recordings: bool, station: str) -> list[OutputFile]:
    """Open files for reports; ``recordings`` says whether the sources are recordings.

    Raises
    ------
    OutputError
        If a file is named twice, has an unknown extension, or cannot be opened.
    """
    paths = [Path(name) for name in names]
    openers = [_opener(path) for path in paths]  # before any file is created
    resolved = [path.resolve() for path in paths]
    for number, path in enumerate(paths):
        if resolved[number] in resolved[:number]:
            raise OutputError(f"{path} is given twice")
    files: list[OutputFile] = []
    try:
        for path, opener in zip(paths, openers, strict=True):
            files.append(opener(path, recordings, station))
    except OutputError:
        for file in files:
            file.close()
        raise
    return files


def open_window_file(path: Path) -> OutputFile:
    """Open a file for the scores of windows, in the columns of BirdNET-Analyzer; raises OutputError if it cannot be."""
    check_window_file(path)
    return TextFile(path, BirdnetRows())


def check_window_file(path: Path) -> None:
    """Raise OutputError if a file for the scores of windows cannot be written; creates nothing."""
    if path.suffix.lower() != ".csv":
        raise OutputError(f"{path}: the scores of windows are written as .csv")
    check_output(path)


def check_output(path: Path) -> None:
    """Raise OutputError if a file cannot be written; creates nothing."""
    _opener(path)
    check_file_path(path)
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise OutputError(f"cannot write {path}: no permission")


def _opener(path: Path) -> _Opener:
    for endings, opener in ENDINGS.items():
        if path.name.lower().endswith(endings):
            return opener
    known = ", ".join(ending for endings in ENDINGS for ending in endings)
    raise OutputError(f"{path}: unknown extension; use one of {known}")
