"""People who speak, and not to a machine: what a keyword spotter must keep quiet at.

Recordings lie in one folder for each collection, with transcripts as LibriSpeech has them (``*.trans.txt``: name and
words in capitals, a line each) or none. Half of those without a transcript, by their names, are for training; all
others are to measure false alarms on. LibriSpeech's readers read long, so none of it is trained on.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from whipbird.recordings.files import sound_files
from whipbird_train.datasets.clips import recordings_of

__all__ = ["NAME", "Spoken", "read_spoken", "training_data"]

NAME = "continuous-speech"

training_data = recordings_of("orders in a coffee shop", "Picovoice speech-to-intent benchmark", "Apache-2.0")


@dataclass(frozen=True)
class Spoken:
    """A recording of somebody speaking.

    Attributes
    ----------
    words : frozenset of str or None
        What is said, in small letters; None where there is no transcript.
    split : str
        ``train`` or ``validation``.
    """

    path: Path
    collection: str
    words: frozenset[str] | None
    split: str


def read_spoken(folder: Path) -> list[Spoken]:
    """All recordings, by path; none where there is no such folder."""
    found = []
    for collection in sorted(path for path in folder.glob("*") if path.is_dir()):
        transcripts = _transcripts(collection)
        for path in sound_files(collection, nested=True):
            even = hashlib.sha256(path.stem.encode()).digest()[0] % 2 == 0
            split = "validation" if path.stem in transcripts or even else "train"
            found.append(Spoken(path, collection.name, transcripts.get(path.stem), split))
    return found


def _transcripts(folder: Path) -> dict[str, frozenset[str]]:
    transcripts = {}
    for path in sorted(folder.rglob("*.trans.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, text = line.partition(" ")
            transcripts[name] = frozenset(re.findall(r"[a-z']+", text.lower()))
    return transcripts
