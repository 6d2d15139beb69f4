"""Speech Commands (Warden 2018, arXiv 1804.03209): one-second English words of many speakers, CC BY 4.0.

Two layouts are read:

- as published, v0.01 (30 words) or v0.02 (35): a folder for each word with files ``SPEAKER_nohash_TAKE.wav``, long
  noises in ``_background_noise_``, and ``validation_list.txt`` and ``testing_list.txt``, which define the split. If
  either list is missing, the split is computed as the lists were: from a hash of the speaker, 10 % for validation and
  10 % for the test;
- a selection: ``splits.csv`` with columns ``path,label,speaker,split``, and ``clips/`` with a folder for each word.

Two protocols of the paper are supported. ``"12"``: ten commands, ``_silence_`` and ``_unknown_`` (any other word).
``"35"``: each word is a label; v0.01 has 30 of them. In both, no speaker is in two splits.

The published data set has no silent clips. They are cut from the noises: in each split as many as the mean number of
clips per command. No noise is in two splits: ``exercise_bike`` is for validation, ``running_tap`` for the test, the
other four for training (`whipbird_train.datasets.silence`).
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Literal

from whipbird.arrays import Floats
from whipbird.errors import DataError
from whipbird.recordings.files import sound_files
from whipbird_train.datasets.archive import Archive, folder_in, not_found
from whipbird_train.datasets.clips import Clip, read_recordings, recordings_of
from whipbird_train.datasets.silence import cut_silence

__all__ = [
    "ARCHIVES",
    "LABELS",
    "NAME",
    "WORDS",
    "commands_in",
    "hash_split",
    "read_backgrounds",
    "read_clips",
    "training_data",
    "word_of",
]

NAME, FOLDER = "Speech Commands", "speech-commands"
WORDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")
SILENCE, UNKNOWN = "_silence_", "_unknown_"
LABELS = (SILENCE, UNKNOWN, *WORDS)

URL = "https://storage.googleapis.com/download.tensorflow.org/data"
ARCHIVES = (
    Archive(
        name="speech-commands-v0.01",
        url=f"{URL}/speech_commands_v0.01.tar.gz",
        page=f"{URL}/speech_commands_v0.01.tar.gz",
        file="speech_commands_v0.01.tar.gz",
        unpacks_to="speech_commands_v0.01",
        licence="CC BY 4.0",
        bytes=1_489_096_277,
        sha256="743935421bb51cccdb6bdd152e04c5c70274e935c82119ad7faeec31780d811d",
    ),
    Archive(
        name="speech-commands-v0.02",
        url=f"{URL}/speech_commands_v0.02.tar.gz",
        page=f"{URL}/speech_commands_v0.02.tar.gz",
        file="speech_commands_v0.02.tar.gz",
        unpacks_to="speech_commands_v0.02",
        licence="CC BY 4.0",
        bytes=2_428_923_189,
        sha256="af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
    ),
)

SPLITS = ("train", "validation", "test")
LISTS = {"validation": "validation_list.txt", "test": "testing_list.txt"}
BACKGROUNDS = "_background_noise_"
DIVIDER = "_nohash_"  # in file names, between the speaker and the number of the take
HASHES = 2**27  # number of distinct hashes in the paper's split
VALIDATION_PERCENT, TEST_PERCENT = 10, 10

training_data = recordings_of("Speech Commands v0.01/v0.02", "Warden 2018, arXiv 1804.03209", "CC BY 4.0")


def commands_in(data: Path) -> Path:
    """The folder of the data set in that of all data sets."""
    return folder_in(data, FOLDER, ARCHIVES)


def read_clips(folder: Path, protocol: Literal["12", "35"] = "12", seed: int = 1) -> list[Clip]:
    """List all clips of the folder; those of a selection are in the order of its table.

    Parameters
    ----------
    protocol : str
        ``"12"`` or ``"35"``, see above.
    seed : int
        Seed for the random positions of the silent clips.

    Raises
    ------
    DataError
        If there are no clips, or the table lacks a column.
    """
    selected = (folder / "splits.csv").is_file()
    clips = _selection(folder) if selected else _published(folder)
    if not clips:
        looked_for = f"splits.csv, or a folder for each word with SPEAKER{DIVIDER}TAKE.wav"
        raise not_found(NAME, folder, looked_for, ARCHIVES)
    if protocol == "35":
        return [clip for clip in clips if clip.label != SILENCE]
    clips = [clip if clip.label in LABELS else replace(clip, label=UNKNOWN) for clip in clips]
    if not selected:
        commands = Counter(clip.split for clip in clips if clip.label in WORDS)
        clips += cut_silence(_noises(folder), SILENCE, {s: round(commands[s] / len(WORDS)) for s in SPLITS}, seed)
    return clips


def read_backgrounds(folder: Path, rate_hz: int) -> list[Floats]:
    """Read the long background noises, each of shape (samples,); a damaged noise is named in the log and left out."""
    return read_recordings(_noises(folder), rate_hz)


def hash_split(speaker: str) -> str:
    """The split of a speaker by hash (Warden 2018), independent of all other speakers."""
    number = int(hashlib.sha1(speaker.encode()).hexdigest(), 16) % HASHES
    percent = 100 * number / (HASHES - 1)
    if percent < VALIDATION_PERCENT:
        return "validation"
    return "test" if percent < VALIDATION_PERCENT + TEST_PERCENT else "train"


def _selection(folder: Path) -> list[Clip]:
    """Clips of words, labelled with their word, and silent clips, in the order of the table."""
    table = folder / "splits.csv"
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        clips = [Clip(folder / "clips" / row["path"], row["label"], row["speaker"], row["split"]) for row in rows]
    except (KeyError, TypeError) as error:
        raise DataError(f"{table} needs the columns path, label, speaker and split in every row") from error
    return [clip if clip.label != UNKNOWN else replace(clip, label=word_of(clip.path)) for clip in clips]


def word_of(path: Path) -> str:
    """The word in a clip: the folder's name or, in the folder of mixed words, the first part of the file's name."""
    return path.stem.split("_")[0] if path.parent.name == UNKNOWN else path.parent.name


def _published(folder: Path) -> list[Clip]:
    """Clips of words, labelled with their word, sorted."""
    lists = {split: folder / name for split, name in LISTS.items()}
    listed: dict[str, str] | None = None
    if all(path.is_file() for path in lists.values()):
        listed = {}
        for split, path in lists.items():
            listed.update(dict.fromkeys(path.read_text(encoding="utf-8").split(), split))
    clips = []
    for word in sorted(path for path in folder.glob("[!._]*") if path.is_dir()):
        for path in sound_files(word):
            if DIVIDER in path.stem:
                speaker = path.stem.split(DIVIDER)[0]
                split = hash_split(speaker) if listed is None else listed.get(f"{word.name}/{path.name}", "train")
                clips.append(Clip(path, word.name, speaker, split))
    return clips


def _noises(folder: Path) -> list[Path]:
    return sound_files(folder / BACKGROUNDS) or sound_files(folder / "clips" / BACKGROUNDS)
