"""Speech Commands (Warden 2018, arXiv 1804.03209): one-second English words, CC BY 4.0.

The folder holds ``splits.csv`` with columns ``path,label,speaker,split`` and ``clips/``. The task is the paper's with
twelve labels: ten words, ``_silence_`` and ``_unknown_`` (any other word). No speaker is in two splits.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stream.card import TrainingData
from train.datasets.clips import Clip, load_clip

__all__ = ["LABELS", "WORDS", "read_backgrounds", "read_clips", "training_data"]

WORDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")
LABELS = ("_silence_", "_unknown_", *WORDS)


def read_clips(folder: Path) -> list[Clip]:
    """List all clips of the folder, in the order of its table."""
    table = folder / "splits.csv"
    with table.open(newline="", encoding="utf-8") as file:
        return [
            Clip(folder / "clips" / row["path"], row["label"], row["speaker"], row["split"])
            for row in csv.DictReader(file)
        ]


def read_backgrounds(folder: Path, rate_hz: int) -> list[NDArray[np.float32]]:
    """Read the long background noises, each of shape (samples,)."""
    return [load_clip(path, rate_hz) for path in sorted((folder / "clips" / "_background_noise_").glob("*.*"))]


def training_data(recordings: int) -> TrainingData:
    """What a model card says of a training on so many of these clips."""
    return TrainingData(
        name="Speech Commands v0.01/v0.02",
        source="Warden 2018, arXiv 1804.03209",
        licence="CC BY 4.0",
        recordings=recordings,
    )
