"""ESC-10 (Piczak 2015): five-second sounds of rain, sea, animals and machines, split by the published folds."""

from __future__ import annotations

from pathlib import Path

from whipbird.arrays import Floats
from whipbird.recordings.files import sound_files
from whipbird_train.datasets.clips import read_recordings, recordings_of

__all__ = ["NAME", "esc10_sounds", "training_data"]

NAME = "noise/esc-10"
TEST_FOLD = "5"  # with which the names of its recordings begin

training_data = recordings_of("ESC-10", "Piczak 2015, doi 10.1145/2733373.2806390", "CC BY 3.0")


def esc10_sounds(folder: Path, split: str, rate_hz: int) -> list[Floats]:
    """Sounds of a split (``train`` or ``test``), each of shape (samples,); none without the folder."""
    if not folder.is_dir():
        return []
    paths = sound_files(folder, nested=True)
    return read_recordings([path for path in paths if (path.name[0] == TEST_FOLD) == (split == "test")], rate_hz)
