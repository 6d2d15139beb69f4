"""Seconds of running speech, each with the words that are said in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from whipbird_train.datasets import read_speech
from whipbird_train.datasets.clips import load_clip
from whipbird_train.datasets.read_speech import read_readings
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.progress import tracked

__all__ = ["speech_windows", "words_in"]

FOLDER = "speech"  # of their names, in which dashes join the words


def speech_windows(data: Path, count: int, rate_hz: int, seed: int = 3) -> Sounds | None:
    """Seconds from random places in what readers to train with read; None without the folder of readers.

    Their names are made of the words that are in them at least in part; their labels mean nothing.

    Parameters
    ----------
    data : Path
        Folder of data sets.
    """
    readings = [one for one in read_readings(data / read_speech.NAME) if one.split == "train"]
    if not readings:
        return None
    rng = np.random.default_rng(seed)
    chosen = np.bincount(rng.integers(len(readings), size=count), minlength=len(readings))
    waves, names, groups = [], [], []
    for number in tracked(np.flatnonzero(chosen).tolist(), "seconds of speech"):
        reading = readings[number]
        sound = load_clip(reading.path, rate_hz)
        for _ in range(chosen[number]):
            start = int(rng.integers(max(1, len(sound) - rate_hz)))
            begin_s, end_s = start / rate_hz, start / rate_hz + 1
            said = [word.label for word in reading.words if word.end_s > begin_s and word.begin_s < end_s]
            waves.append(sound[start : start + rate_hz])
            names.append(f"{FOLDER}/{'-'.join(said)}")
            groups.append(reading.reader)
    labels = np.zeros(len(waves), np.int64)
    return Sounds(waves, labels, tuple(names), tuple(groups), ("train",) * len(waves), read_speech.training_data)


def words_in(name: str) -> list[str]:
    """The words of a name that `speech_windows` gave; none of another one."""
    folder, _, words = name.partition("/")
    return words.split("-") if folder == FOLDER else []
