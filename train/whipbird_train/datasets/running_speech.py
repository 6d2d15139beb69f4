"""Running speech that is not addressed to a machine, in which a keyword spotter should report nothing.

Each collection has a folder of recordings, with or without transcripts in the format of LibriSpeech (``*.trans.txt``:
lines with the name and the words in capitals). Half of the recordings without a transcript, chosen by name, are for
training; all others are for measuring false alarms. LibriSpeech is not used for training, because each of its speakers
reads for long.
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
    """A recording of running speech.

    Attributes
    ----------
    words : frozenset of str or None
        The words spoken, in lower case; None without a transcript.
    split : str
        ``train`` or ``validation``.
    """

    path: Path
    collection: str
    words: frozenset[str] | None
    split: str


def read_spoken(folder: Path) -> list[Spoken]:
    """All recordings, sorted by collection and path; an empty list if the folder does not exist."""
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
