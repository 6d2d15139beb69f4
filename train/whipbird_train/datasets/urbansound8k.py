"""UrbanSound8K (Salamon, Jacoby and Bello 2014, doi 10.1145/2647868.2655045): ten sounds of the city, CC BY-NC 3.0.

Clips of up to four seconds in the folders ``fold1`` to ``fold10``, which are in the folder itself or, as published, in
its sub-folder ``audio``, beside ``metadata/UrbanSound8K.csv``. Clips are named ``RECORDING-CLASS-OCCURRENCE-SLICE``; if
the table exists, it gives the class, the recording and the fold instead.

The folds are the split: results are comparable with published ones only as the mean over all folds, each used once as
the test set. All slices of a recording are in one fold.
"""

from __future__ import annotations

import csv
import logging
import re
from pathlib import Path

from whipbird.errors import DataError
from whipbird.recordings.files import sound_files
from whipbird_train.datasets.archive import Archive, not_found
from whipbird_train.datasets.clips import Clip, recordings_of

__all__ = ["ARCHIVES", "LABELS", "NAME", "read_clips", "training_data"]

log = logging.getLogger(__name__)

NAME = "UrbanSound8K"
LABELS = (
    "air_conditioner",
    "car_horn",
    "children_playing",
    "dog_bark",
    "drilling",
    "engine_idling",
    "gun_shot",
    "jackhammer",
    "siren",
    "street_music",
)
ARCHIVES = (
    Archive(
        name="urbansound8k",
        url="https://zenodo.org/records/1203745/files/UrbanSound8K.tar.gz",
        page="https://zenodo.org/records/1203745",
        file="UrbanSound8K.tar.gz",
        unpacks_to="UrbanSound8K",
        licence="CC BY-NC 3.0",
        bytes=6_023_741_708,
        md5="9aa69802bbf37fb986f71ec1483a196e",
    ),
)

FILE_NAME = re.compile(r"(?P<recording>[0-9]+)-(?P<number>[0-9])-[0-9]+-[0-9]+")
FOLD = re.compile(r"fold[0-9]+")

training_data = recordings_of(NAME, "Salamon, Jacoby and Bello 2014, doi 10.1145/2647868.2655045", "CC BY-NC 3.0")


def read_clips(folder: Path) -> list[Clip]:
    """List all clips of the folder: in the order of its table or, without a table, sorted by fold and file name.

    Raises
    ------
    DataError
        If there are no clips, or the table lacks a column or has a wrong number.
    """
    table = folder / "metadata" / "UrbanSound8K.csv"
    clips = _from_table(folder, table) if table.is_file() else _from_names(folder)
    if not clips:
        looked_for = "fold1/RECORDING-CLASS-OCCURRENCE-SLICE.wav, in the folder or in audio/"
        raise not_found(NAME, folder, looked_for, ARCHIVES)
    return clips


def _from_table(folder: Path, table: Path) -> list[Clip]:
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        listed = [
            Clip(
                folder / "audio" / f"fold{int(row['fold'])}" / row["slice_file_name"],
                LABELS[int(row["classID"])],
                row["fsID"],
                f"fold{int(row['fold'])}",
            )
            for row in rows
        ]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        wanted = "slice_file_name, fsID, fold and classID"
        raise DataError(f"{table} lacks one of {wanted}, or has a wrong number; unpack the archive again") from error
    clips = [clip for clip in listed if clip.path.is_file()]
    if len(clips) < len(listed):
        log.warning("%d of the %d clips in %s are missing", len(listed) - len(clips), len(listed), table)
    return clips


def _from_names(folder: Path) -> list[Clip]:
    folds = [fold for root in (folder, folder / "audio") for fold in root.glob("fold*") if FOLD.fullmatch(fold.name)]
    return [
        Clip(path, LABELS[int(name["number"])], name["recording"], fold.name)
        for fold in sorted(folds, key=lambda fold: int(fold.name.removeprefix("fold")))
        for path in sound_files(fold)
        if (name := FILE_NAME.fullmatch(path.stem))
    ]
