"""Capuchinbird calls and other sounds of the forest: Z by HP Unlocked Challenge 3, mostly CC BY-NC-SA.

Clips of two to five seconds, cut from recordings of xeno-canto and, for those without capuchinbirds, of other
collections. Two layouts are read:

- as published: folders ``Parsed_Capuchinbird_Clips`` and ``Parsed_Not_Capuchinbird_Clips``;
- a selection: ``clips/capuchinbird`` and ``clips/not_capuchinbird``.

For recordings of the forest that contain single calls, see `whipbird_train.soundscapes.forest`.

All clips are in the split ``train``, because there are too few to set some aside permanently; use cross-validation by
group. A group is one recording or more:

- for a call, the run of neighbouring xeno-canto numbers (at most ten apart) that contains its recording, named by the
  first. Such recordings were uploaded together: usually by one person, from one site and day, perhaps of one bird;
- for another sound, the first word of its name, in lower case (``Crickets-chirping-at-night-3`` is in ``crickets``),
  because ``dove-sound-effect`` and ``dove-bird-sounds`` may be the same bird.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from whipbird.recordings.files import sound_files
from whipbird_train.datasets.archive import Archive, not_found
from whipbird_train.datasets.clips import Clip, recordings_of

__all__ = ["ARCHIVES", "LABELS", "NAME", "read_clips", "training_data"]

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
XENO_CANTO = re.compile(r"XC(?P<number>[0-9]+)", re.IGNORECASE)
NEIGHBOURS = 10  # largest step from one xeno-canto number to the next in a run

training_data = recordings_of(
    NAME,
    "kaggle.com/datasets/kenjee/z-by-hp-unlocked-challenge-3-signal-processing; xeno-canto.org and others",
    "mostly CC BY-NC-SA",
)


def read_clips(folder: Path) -> list[Clip]:
    """List all clips of the folder, calls first, sorted by file name.

    Raises
    ------
    DataError
        If there are none with one of the labels.
    """
    files = {
        label: [path for subfolder in subfolders for path in sound_files(folder / subfolder)]
        for label, subfolders in CLIP_FOLDERS.items()
    }
    if not all(files.values()):
        raise not_found(NAME, folder, " and ".join(map(" or ".join, CLIP_FOLDERS.values())), ARCHIVES)
    names = [path.stem for paths in files.values() for path in paths]
    runs = _runs({int(match["number"]) for name in names if (match := XENO_CANTO.match(name))})
    return [Clip(path, label, _group(path, runs), "train") for label, paths in files.items() for path in paths]


def _runs(numbers: Iterable[int]) -> dict[int, int]:
    """Map each xeno-canto number to the first number of its run."""
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
