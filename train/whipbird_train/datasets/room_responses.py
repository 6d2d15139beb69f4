"""Impulse responses of real rooms, split by source: no room to train with is one to test with."""

from __future__ import annotations

from pathlib import Path

from whipbird.arrays import Floats
from whipbird.recordings.files import sound_files
from whipbird_train.datasets.clips import read_recordings, recordings_of

__all__ = ["NAME", "room_responses", "training_data"]

NAME = "rooms"
TO_TRAIN = ("surrey", "web-audio")  # how names begin
TO_TEST = ("audiomentations-0", "audiomentations-1", "seminar-room")  # RT60 0.4 to 0.8 s

training_data = recordings_of("rooms", "IoSR Surrey, web-audio-samples", "MIT, Apache-2.0")


def room_responses(folder: Path, split: str, rate_hz: int) -> list[Floats]:
    """Responses of the rooms of a split (``train`` or ``test``), each of shape (samples,); none without the folder."""
    if not folder.is_dir():
        return []
    starts = TO_TRAIN if split == "train" else TO_TEST
    return read_recordings([path for path in sound_files(folder) if path.name.startswith(starts)], rate_hz)
