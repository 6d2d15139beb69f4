"""YAMNet: 521 kinds of sounds of Google's AudioSet, from its TFLite file and its list of classes.

Neither is in a package, so both are files that a user has. The network takes 0.975 s of sound and gives, besides the
scores, the log-mel that it has computed; its embedding is inside.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whipbird.errors import BundleError, DataError
from whipbird.importers.bundle_files import Ingredients, Wanted
from whipbird.importers.file_set import FileSet, find_file, find_files, read_file
from whipbird.importers.licences import APACHE
from whipbird.importers.tensors import TensorFile
from whipbird.models.card import Card
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.text import counted

__all__ = ["CLASS_LIST", "FAMILY", "VERSION", "find_yamnet", "todays_card", "todays_sha256"]

FAMILY = "yamnet"
VERSION = "1"
CLASS_LIST = "yamnet_class_map.csv"
NAME_COLUMN = "display_name"
RATE_HZ, WINDOW = 16_000, 15_600
CLASSES = 521
HOP_S = 0.48  # as in YAMNet's own program
EMBEDDING = "yamnet_frames/global_average_pooling2d/Mean"  # tensor in front of the last layer, 1,024 numbers
ON, OFF_SHARE = 0.3, 0.6


def find_yamnet(sets: Sequence[FileSet], wanted: Wanted) -> Ingredients | None:
    """YAMNet in some places; None if it is in none of them.

    Raises
    ------
    DataError
        If its list of classes cannot be found, or is another one.
    """
    networks = find_files(sets, "*.tflite")
    if len(networks) != 1:
        return None
    ((files, name),) = networks
    where, content = files.path / name, files.read(name)
    scores = _scores(content, where)
    if scores is None:
        return None
    return Ingredients(
        where,
        _card(_classes(sets, wanted, where), scores) | {"name": FAMILY, "version": VERSION, "licence": APACHE},
        {WindowedNetwork.FILE: content},
    )


def todays_card(card: Card) -> dict[str, Any]:
    """The card that would be made today for an installed bundle, without hashes."""
    output = card.tensors.output
    return _card(card.labels, str(output)) | {"name": FAMILY, "version": VERSION, "licence": APACHE}


def todays_sha256(card: Card) -> dict[str, str]:
    """The hashes that its files would have today: there is no newer file than the one that a user has."""
    return {}


def _scores(content: bytes, where: Path) -> str | None:
    """Name of the output with the scores, if a network is YAMNet."""
    try:
        file = TensorFile(content, where)
    except BundleError:
        return None
    fitting = [output.name for output in file.outputs if output.length == CLASSES]
    takes_windows = len(file.inputs) == 1 and file.inputs[0].length == WINDOW
    return fitting[0] if takes_windows and len(fitting) == 1 else None


def _classes(sets: Sequence[FileSet], wanted: Wanted, where: Path) -> list[str]:
    if wanted.labels is not None:
        return _names(read_file(wanted.labels), str(wanted.labels))
    found = find_file(sets, CLASS_LIST)
    if found is None:
        raise DataError(f"{where}: no {CLASS_LIST} beside it; give the file of its classes with --labels")
    return _names(found[0].read(found[1]), str(found[0].path / found[1]))


def _names(content: bytes, where: str) -> list[str]:
    """The names in a list of classes, in order."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{where}: not a list of classes: {error}") from error
    names = [row.get(NAME_COLUMN) or "" for row in rows]
    if not names or "" in names:
        raise DataError(f"{where}: not a list of classes: it needs a name in the column {NAME_COLUMN} of each row")
    if len(names) != CLASSES:
        raise DataError(f"{where}: holds {counted(len(names), 'name')}, but YAMNet has {CLASSES} classes")
    return names


def _card(classes: Sequence[str], scores: str) -> dict[str, Any]:
    window_s = WINDOW / RATE_HZ
    settings = {"smooth_s": 0.0, "on": ON, "off": OFF_SHARE * ON, "release_s": window_s, "refractory_s": 0.0}
    return {
        "description": f"{len(classes)} kinds of sounds, from speech to chainsaws: YAMNet, of Google's AudioSet.",
        "kind": "windowed",
        "tensors": {"output": scores, "embedding": EMBEDDING},
        "labels": list(classes),
        "sample_rate_hz": RATE_HZ,
        "window": WINDOW,
        "hop_s": HOP_S,
        "windows": "whole",
        "shortest_window_s": 0.3,
        "reference_s": (window_s - HOP_S) / 2,
        "trim_s": window_s / 4,
        "report": "end",
        "frontend": {"kind": "raw"},
        "debounce": {"*": settings},
        "training": [
            {"name": "AudioSet", "source": "Gemmeke et al. 2017, YouTube", "licence": "CC BY 4.0", "recordings": 0}
        ],
        "limits": "Scores of different classes cannot be compared. It has not been calibrated.",
        "results": {},
    }
