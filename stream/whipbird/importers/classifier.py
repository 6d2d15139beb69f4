"""Classifiers that users train with BirdNET-Analyzer, and other networks with BirdNET's windows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from whipbird.errors import DataError
from whipbird.importers.birdnet import (
    LICENCE,
    NOT_SPECIES,
    RANGE_FILE,
    check_network,
    find_licence,
    window_settings,
)
from whipbird.importers.bundle_files import Ingredients, model_name
from whipbird.importers.file_set import FileSet, find_file, find_files, read_file
from whipbird.importers.labels import Label, parse_labels
from whipbird.importers.licences import LICENCE_FILE
from whipbird.importers.names_table import known_names, names_table
from whipbird.models.names import NAMES
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.text import counted, shortened

__all__ = ["find_classifier"]

MODELS = "*.tflite"
SHOWN = 200  # characters of a list of names
MARK = "_Model_"  # between the name of a BirdNET network and its variant, where labels have "_Labels"


def find_classifier(sets: Sequence[FileSet], name: str | None = None, labels: Path | None = None) -> Ingredients:
    """The only network in some places, with its labels.

    Parameters
    ----------
    name : str, optional
        Of the bundle; by default that of the file.
    labels : Path, optional
        File of labels; by default the one beside the network that is named like it.

    Raises
    ------
    DataError, BundleError
        If there is none, there are several, or its labels cannot be found or do not fit.
    """
    found = [(files, path) for files, path in find_files(sets, MODELS) if PurePosixPath(path).name != RANGE_FILE]
    where = ", ".join(str(files.path) for files in sets)
    if not found:
        raise DataError(f"{where}: holds no model (a file {MODELS})")
    if len(found) > 1:
        names = ", ".join(path for _, path in found)
        raise DataError(f"{where}: holds several models ({shortened(names, SHOWN)}); give the file of one of them")
    ((files, path),) = found
    source = files.path / path
    content, where = _labels(files, path, labels)
    read = parse_labels(content, where)
    model = files.read(path)
    activation = check_network(model, read, source).activation(0)
    parts = {WindowedNetwork.FILE: model, NAMES: names_table(read, known_names(sets), NOT_SPECIES)}
    licence = find_licence(sets)
    if licence is not None:
        parts[LICENCE_FILE] = licence
    return Ingredients(source, _card(name or model_name(source.stem), read, activation), parts)


def _labels(files: FileSet, path: str, chosen: Path | None) -> tuple[bytes, str]:
    """Content of the file of labels, and its name."""
    if chosen is not None:
        return read_file(chosen), str(chosen)
    stem = PurePosixPath(path).stem
    names = [f"{stem}_Labels.txt", f"{stem.partition(MARK)[0]}_Labels.txt", f"{stem}.txt", "labels.txt", "Labels.txt"]
    found = find_file([files], *names)
    if found is None:
        raise DataError(f"{files.path / path}: no {names[0]} beside it; give the file of its labels with --labels")
    return files.read(found[1]), f"{files.path / found[1]}"


def _card(name: str, labels: Sequence[Label], activation: str | None) -> dict[str, Any]:
    """Fields of a classifier's card, without hashes; outputs beyond 0 to 1 are logits."""
    kind = "sigmoid" if activation is None else "none"
    return {
        "name": name,
        "version": "1",
        "description": f"{counted(len(labels), 'sound')}: a classifier trained with BirdNET-Analyzer.",
        **window_settings([label.name for label in labels], {"kind": kind}),
        "training": [],
        "licence": f"{LICENCE} (it contains BirdNET's network)",
        "limits": "Only who trained it knows what it was trained on. It has not been calibrated.",
        "results": {},
    }
