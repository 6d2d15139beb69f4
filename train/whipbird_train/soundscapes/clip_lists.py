"""Lists of clips: a folder of clips for each label, or a CSV file.

A CSV file has the columns path and label, and optionally speaker and split.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

from whipbird.errors import DataError
from whipbird.formats.annotation_rows import at_line, checked_name
from whipbird.recordings.files import sound_files
from whipbird.text import as_text, choice
from whipbird_train.datasets.clips import Clip
from whipbird_train.datasets.folders import BACKGROUNDS, DIVIDER
from whipbird_train.datasets.speech_commands import SILENCE

__all__ = ["find_clips"]

COLUMNS = ("path", "label")


def find_clips(
    source: Path, split: str | None, labels: Sequence[str], problem: Callable[[str], None] = lambda text: None
) -> list[Clip]:
    """Clips of a folder or a CSV file, in its order; clips of silence and background are left out.

    Parameters
    ----------
    split : str or None
        Only clips of this split, for a CSV file.
    labels : sequence of str
        Only clips with these labels; all clips if empty.
    problem : callable
        Gets a line for each file or folder that cannot be examined.

    Raises
    ------
    DataError
        If there are no such clips, or the file cannot be read or lacks a column or value.
    """
    if source.is_dir():
        if split is not None:
            raise DataError(f"--split {split}: {source} is a folder, which has no splits; use a CSV file")
        found = _list_folder(source, problem)
    else:
        found = _list_table(source)
    found = [clip for clip in found if clip.label.lower() not in (SILENCE, *BACKGROUNDS)]
    if split is not None:
        splits = sorted({clip.split for clip in found if clip.split})
        found = [clip for clip in found if clip.split == split]
        if not found:
            raise DataError(f"no split {split!r} in {source}; {choice(split, splits)}")
    if not found:
        raise DataError(f"no clips in {source}: each label needs a sub-folder of recordings")
    known = sorted({clip.label for clip in found})
    for label in labels:
        if label not in known:
            raise DataError(f"no clips of {label!r} in {source}; {choice(label, known)}")
    return [clip for clip in found if not labels or clip.label in labels]


def _list_folder(folder: Path, problem: Callable[[str], None]) -> list[Clip]:
    """Clips in the sub-folders, whose names are the labels."""
    found = []
    for path in sound_files(folder, nested=True, problem=problem):
        first, *rest = path.relative_to(folder).parts
        if rest:
            speaker, divider, _ = path.stem.partition(DIVIDER)
            found.append(Clip(path, first, as_text(speaker) if divider else "", ""))
    return found


def _list_table(path: Path) -> list[Clip]:
    """Clips in the rows of a CSV file; paths are relative to its folder or to ``clips`` in that folder."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"{path} has no column {missing[0]!r}; it needs {' and '.join(COLUMNS)}")
            rows = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV file in UTF-8: {error}") from error
    found = []
    for number, row in rows:
        name, label = ((row[column] or "").strip() for column in COLUMNS)
        if "\0" in name:
            raise DataError(f"{path}, line {number}: path '{name}' contains a NUL character")
        if not (name and label):
            raise DataError(f"{path}, line {number}: no {COLUMNS[0] if not name else COLUMNS[1]}")
        with at_line(path, number):
            checked_name(label, "label")
        places = (path.parent / name, path.parent / "clips" / name)
        try:
            clip = next((place for place in places if place.is_file()), places[0])
        except OSError as error:  # a name that no file can have
            raise DataError(f"{path}, line {number}: path '{name}': {error.strerror}") from error
        speaker = (row.get("speaker") or "").strip()
        found.append(Clip(clip, label, "" if speaker == "-" else speaker, (row.get("split") or "").strip()))
    return found
