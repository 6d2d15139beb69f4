"""Readers of books (LibriSpeech), with the time of every word.

A folder for each reader, in it one for each chapter with recordings and a transcript (``*.trans.txt``); ``splits.csv``
says which readers are to train with and which to choose by, and ``words.tsv`` when each word begins and ends, as an
alignment found it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from whipbird.formats.annotation import Annotation
from whipbird.recordings.files import sound_files
from whipbird_train.datasets.clips import recordings_of
from whipbird_train.datasets.speech_commands import WORDS

__all__ = ["COMMANDS", "NAME", "Reading", "read_readings", "read_transcripts", "training_data", "word_times"]

NAME = "read-speech"
COMMANDS: Mapping[str, str] = {word: word for word in WORDS} | {
    "know": "no",
    "write": "right",
    "wright": "right",
    "rite": "right",
}
"""The commands, and what sounds the same, with the labels that count for them."""

training_data = recordings_of(
    "LibriSpeech dev-clean", "Panayotov et al. 2015, doi 10.1109/ICASSP.2015.7178964", "CC BY 4.0"
)


@dataclass(frozen=True)
class Reading:
    """A recording of one reader.

    Attributes
    ----------
    split : str
        ``train`` or ``validation``.
    words : tuple of Annotation
        Every word, in lower case, and when it is said.
    """

    path: Path
    reader: str
    split: str
    words: tuple[Annotation, ...]


def read_readings(folder: Path) -> list[Reading]:
    """All recordings of all collections, sorted by path; an empty list if the folder does not exist."""
    found = []
    for table in sorted(folder.glob("*/splits.csv")):
        splits = _splits(table)
        words: dict[str, list[Annotation]] = {}
        with (table.parent / "words.tsv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                said = Annotation(float(row["start_s"]), float(row["end_s"]), row["word"].lower())
                words.setdefault(row["utt"], []).append(said)
        for path in sound_files(table.parent, nested=True):
            reader = path.stem.split("-")[0]
            found.append(Reading(path, reader, splits[reader], tuple(words.get(path.stem, ()))))
    return found


def word_times(words: Iterable[Annotation], labels: Mapping[str, str] = COMMANDS) -> list[Annotation]:
    """Those of some words that have a label, and when they are said."""
    return [Annotation(word.begin_s, word.end_s, labels[word.label]) for word in words if word.label in labels]


def read_transcripts(folder: Path, split: str) -> list[str]:
    """What the readers of one split read: a line for each recording, in the order of the files."""
    splits = {reader: of for table in sorted(folder.glob("*/splits.csv")) for reader, of in _splits(table).items()}
    texts = []
    for path in sorted(folder.rglob("*.trans.txt")):
        if splits[path.stem.split("-")[0]] == split:
            lines = path.read_text(encoding="utf-8").splitlines()
            texts += [line.partition(" ")[2] for line in lines]
    return texts


def _splits(table: Path) -> dict[str, str]:
    with table.open(newline="", encoding="utf-8") as file:
        return {row["reader"]: row["split"] for row in csv.DictReader(file)}
