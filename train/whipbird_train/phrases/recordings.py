"""Recordings of phrases that a user has: a few to train with, or some to test by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from whipbird.arrays import Floats
from whipbird.errors import DataError
from whipbird.recordings.files import sound_files
from whipbird_train.datasets.clips import read_recordings
from whipbird_train.examples.augment import loud_bounds

__all__ = ["read_own"]

RATE_HZ = 16_000
LONGEST_S = 8.0  # a recording of a phrase, with silence around it


def read_own(folder: Path, phrases: Sequence[str]) -> Mapping[str, list[Floats]]:
    """Recordings of each phrase, without the silence around it.

    With one phrase, all recordings in the folder and below are of it; with several, those below a folder with the
    phrase's name.

    Raises
    ------
    DataError
        If a phrase has none, or a recording is too long to be one of a phrase.
    """
    found = {}
    for phrase in phrases:
        place = folder if len(phrases) == 1 else folder / phrase
        paths = sound_files(place, nested=True) if place.is_dir() else []
        waves = read_recordings(paths, RATE_HZ)
        if not waves:
            raise DataError(f"no recordings of {phrase!r} in {place}")
        longest = max(waves, key=len)
        if len(longest) > LONGEST_S * RATE_HZ:
            length = f"{len(longest) / RATE_HZ:.0f} s"
            raise DataError(f"{place}: a recording of {length}; each holds one {phrase!r}, up to {LONGEST_S:g} s")
        found[phrase] = [_trimmed(wave) for wave in waves if wave.any()]
    return found


def _trimmed(wave: Floats) -> Floats:
    start, end = loud_bounds(wave)
    return wave[start:end]
