"""ESC-10 (Piczak 2015): five-second sounds of rain, sea, animals and machines, split by the published folds.

It is published as a part of ESC-50, whose other sounds are not for commercial use: of that folder, `CATALOG` says which
sounds belong to ESC-10, and only they are read.
"""

from __future__ import annotations

import csv
from pathlib import Path

from whipbird.arrays import Floats
from whipbird.recordings.files import sound_files
from whipbird_train.datasets.archive import Archive
from whipbird_train.datasets.clips import read_recordings, recordings_of

__all__ = ["ARCHIVES", "NAME", "esc10_sounds", "training_data"]

NAME = "noise/esc-10"
CATALOG = Path("meta", "esc50.csv")
ARCHIVES = (
    Archive(
        name="esc-10",
        url="https://github.com/karolpiczak/ESC-50/archive/master.zip",
        page="https://github.com/karolpiczak/ESC-50",
        file="ESC-50-master.zip",
        unpacks_to=NAME,
        licence="CC BY 3.0 (the sounds of ESC-10; the others, which are not read: CC BY-NC 3.0)",
    ),
)
TEST_FOLD = "5"  # with which the names of its recordings begin

training_data = recordings_of("ESC-10", "Piczak 2015, doi 10.1145/2733373.2806390", "CC BY 3.0")


def esc10_sounds(folder: Path, split: str, rate_hz: int) -> list[Floats]:
    """Sounds of a split (``train`` or ``test``), each of shape (samples,); none without the folder."""
    if not folder.is_dir():
        return []
    paths = sound_files(folder, nested=True)
    if (folder / CATALOG).is_file():
        with (folder / CATALOG).open(newline="", encoding="utf-8") as catalog:
            listed = {row["filename"] for row in csv.DictReader(catalog) if row["esc10"] == "True"}
        paths = [path for path in paths if path.name in listed]
    return read_recordings([path for path in paths if (path.name[0] == TEST_FOLD) == (split == "test")], rate_hz)
