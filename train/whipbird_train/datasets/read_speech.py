"""Readers of books (LibriSpeech), with the time of every word.

Each collection has a folder for each reader, in it one for each chapter with recordings and a transcript
(``*.trans.txt``). ``splits.csv`` may say which readers are to train with and which to choose by; otherwise their
numbers decide. ``words.tsv`` may say when each word begins and ends, as an alignment found it; otherwise each word of
the transcript may be anywhere in its recording.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import soundfile

from whipbird.errors import DataError
from whipbird.formats.annotation import Annotation
from whipbird.recordings.files import sound_files
from whipbird_train.datasets.archive import Archive
from whipbird_train.datasets.clips import recordings_of
from whipbird_train.datasets.speech_commands import WORDS

__all__ = [
    "ARCHIVES",
    "COMMANDS",
    "NAME",
    "Reading",
    "read_readings",
    "read_transcripts",
    "training_data",
    "word_times",
]

NAME = "read-speech"
ARCHIVES = (
    Archive(
        name="librispeech-dev-clean",
        url="https://www.openslr.org/resources/12/dev-clean.tar.gz",
        page="https://www.openslr.org/12",
        file="dev-clean.tar.gz",
        unpacks_to=f"{NAME}/librispeech-dev-clean",
        licence="CC BY 4.0",
        bytes=337_926_286,
        md5="42e2234ba48799c1f50f24a7926300a1",
    ),
)
SPLITS, WORD_TIMES, TRANSCRIPTS = "splits.csv", "words.tsv", "*.trans.txt"  # files of a collection
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
        Every word, in lower case, and when it is said; the whole recording if that is not known.
    """

    path: Path
    reader: str
    split: str
    words: tuple[Annotation, ...]


def read_readings(folder: Path) -> list[Reading]:
    """All recordings of all collections, sorted by path; an empty list if the folder does not exist."""
    found = []
    for collection in _collections(folder):
        paths = sound_files(collection, nested=True)
        splits = _splits(collection, {_reader(path) for path in paths})
        words = _aligned(collection) or _somewhere(collection, paths)
        found += [
            Reading(path, _reader(path), splits[_reader(path)], tuple(words.get(path.stem, ()))) for path in paths
        ]
    return found


def word_times(words: Iterable[Annotation], labels: Mapping[str, str] = COMMANDS) -> list[Annotation]:
    """Those of some words that have a label, and when they are said."""
    return [Annotation(word.begin_s, word.end_s, labels[word.label]) for word in words if word.label in labels]


def read_transcripts(folder: Path, split: str) -> list[str]:
    """What the readers of one split read: a line for each recording, in the order of the files."""
    texts = []
    for collection in _collections(folder):
        files = sorted(collection.rglob(TRANSCRIPTS))
        splits = _splits(collection, {_reader(path) for path in files})
        texts += [text for path in files if splits[_reader(path)] == split for _, text in _lines(path)]
    return texts


def _collections(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[!.]*") if path.is_dir())  # hidden: what is being unpacked


def _reader(path: Path) -> str:
    return path.name.split("-")[0]


def _splits(collection: Path, readers: Iterable[str]) -> dict[str, str]:
    """The split of each reader; two fifths are to choose by."""
    table = collection / SPLITS
    if not table.is_file():
        numbers = {reader: hashlib.sha256(reader.encode()).digest()[0] for reader in readers}
        return {reader: "validation" if number % 5 < 2 else "train" for reader, number in numbers.items()}
    with table.open(newline="", encoding="utf-8") as file:
        splits = {row["reader"]: row["split"] for row in csv.DictReader(file)}
    if missing := set(readers) - set(splits):
        raise DataError(f"{table}: no line for reader {min(missing)}")
    return splits


def _aligned(collection: Path) -> dict[str, list[Annotation]]:
    """When each word is said, by recording; empty without an alignment."""
    table = collection / WORD_TIMES
    words: dict[str, list[Annotation]] = {}
    if table.is_file():
        with table.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                said = Annotation(float(row["start_s"]), float(row["end_s"]), row["word"].lower())
                words.setdefault(row["utt"], []).append(said)
    return words


def _somewhere(collection: Path, paths: Iterable[Path]) -> dict[str, list[Annotation]]:
    """The words of each transcript, each as long as its recording."""
    texts = dict(line for path in sorted(collection.rglob(TRANSCRIPTS)) for line in _lines(path))
    words = {}
    for path in paths:
        length_s = soundfile.info(path).duration
        words[path.stem] = [Annotation(0.0, length_s, word) for word in texts.get(path.stem, "").lower().split()]
    return words


def _lines(transcript: Path) -> Iterator[tuple[str, str]]:
    """The name of each recording, and what is said in it."""
    for line in transcript.read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition(" ")
        yield name, text
