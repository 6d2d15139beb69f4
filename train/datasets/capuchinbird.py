"""Capuchinbird calls and other sounds of the forest: Z by HP Unlocked Challenge 3, mostly CC BY-NC-SA.

Clips of two to five seconds, cut from recordings of xeno-canto and, without capuchinbirds, of other collections, and
forest recordings of three minutes. Two layouts are read:

- as published: folders ``Parsed_Capuchinbird_Clips``, ``Parsed_Not_Capuchinbird_Clips`` and ``Forest Recordings``,
  which say nothing of when a bird calls;
- a selection: ``clips/capuchinbird``, ``clips/not_capuchinbird`` and ``forest``, the last with ``annotations.csv``, of
  columns ``recording,begin_s,end_s,label``.

All clips are in the split ``train``: there are too few to keep some aside for good. Divide them by group, in turn.
A group may be larger than one recording, never smaller:

- of a call, the run of neighbouring xeno-canto numbers (at most ten apart) that its recording is in, named by the
  first. Such recordings were uploaded together: mostly one person, place and day, perhaps one bird;
- of another sound, the first word of its name, in lower case (``Crickets-chirping-at-night-3`` is in ``crickets``).
  Nothing says that ``dove-sound-effect`` and ``dove-bird-sounds`` are not the same bird.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stream.card import TrainingData
from train.datasets.archive import Archive, not_found
from train.datasets.clips import Clip, DataError, sound_files

__all__ = [
    "ARCHIVES",
    "LABELS",
    "NAME",
    "Annotation",
    "read_annotations",
    "read_clips",
    "read_forest",
    "training_data",
]

NAME = "Z by HP Unlocked Challenge 3"
BACKGROUND, CAPUCHINBIRD = LABELS = ("_background_", "capuchinbird")
ARCHIVES = (
    Archive(
        name="capuchinbird",
        url=None,  # Kaggle asks for a log-in
        page="https://www.kaggle.com/datasets/kenjee/z-by-hp-unlocked-challenge-3-signal-processing",
        file="capuchinbird.zip",
        unpacks_to="unlocked-challenge-3",
        licence="mostly CC BY-NC-SA",
    ),
)

CLIP_FOLDERS = {
    CAPUCHINBIRD: ("clips/capuchinbird", "Parsed_Capuchinbird_Clips"),
    BACKGROUND: ("clips/not_capuchinbird", "Parsed_Not_Capuchinbird_Clips"),
}
FOREST_FOLDERS = ("forest", "Forest Recordings")
XENO_CANTO = re.compile(r"XC(?P<number>[0-9]+)", re.IGNORECASE)
NEIGHBOURS = 10  # largest step from one xeno-canto number to the next in a run


@dataclass(frozen=True)
class Annotation:
    """One call in a forest recording.

    Attributes
    ----------
    recording : str
        File name without suffix.
    begin_s, end_s : float
        In seconds, right within about a second.
    label : str
    """

    recording: str
    begin_s: float
    end_s: float
    label: str


def read_clips(folder: Path) -> list[Clip]:
    """List all clips of the folder, calls first, sorted by file name.

    Raises
    ------
    DataError
        If there are none of one label.
    """
    files = {label: _files(folder, CLIP_FOLDERS[label]) for label in (CAPUCHINBIRD, BACKGROUND)}
    if not all(files.values()):
        raise not_found(NAME, folder, " and ".join(" or ".join(places) for places in CLIP_FOLDERS.values()), ARCHIVES)
    runs = _runs(_numbers(path for paths in files.values() for path in paths))
    return [Clip(path, label, _group(path, runs), "train") for label, paths in files.items() for path in paths]


def read_forest(folder: Path) -> list[Path]:
    """List the forest recordings, sorted by name.

    Raises
    ------
    DataError
        If there are none.
    """
    files = _files(folder, FOREST_FOLDERS)
    if not files:
        raise not_found(NAME, folder, " or ".join(FOREST_FOLDERS), ARCHIVES)
    return files


def read_annotations(folder: Path) -> list[Annotation]:
    """List every call in the forest recordings, in the order of the table; as published, there are no annotations.

    Raises
    ------
    DataError
        If the table is not what it should be.
    """
    table = folder / "forest" / "annotations.csv"
    if not table.is_file():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        return [Annotation(row["recording"], float(row["begin_s"]), float(row["end_s"]), row["label"]) for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{table} needs the columns recording, begin_s, end_s (seconds) and label") from error


def training_data(recordings: int) -> TrainingData:
    """What a model card says of a training on so many of these clips."""
    return TrainingData(
        name=NAME,
        source="kaggle.com/datasets/kenjee/z-by-hp-unlocked-challenge-3-signal-processing; xeno-canto.org and others",
        licence="mostly CC BY-NC-SA",
        recordings=recordings,
    )


def _files(folder: Path, places: Iterable[str]) -> list[Path]:
    return [path for place in places for path in sound_files(folder / place)]


def _numbers(paths: Iterable[Path]) -> set[int]:
    return {int(match["number"]) for path in paths if (match := XENO_CANTO.match(path.stem))}


def _runs(numbers: Iterable[int]) -> dict[int, int]:
    """The first number of the run that each xeno-canto number is in."""
    runs: dict[int, int] = {}
    last = None
    for number in sorted(numbers):
        runs[number] = runs[last] if last is not None and number - last <= NEIGHBOURS else number
        last = number
    return runs


def _group(path: Path, runs: dict[int, int]) -> str:
    if match := XENO_CANTO.match(path.stem):
        return f"XC{runs[int(match['number'])]}"
    words = re.split(r"[^a-z]+", path.stem.lower())
    return next((word for word in words if word), path.stem)
