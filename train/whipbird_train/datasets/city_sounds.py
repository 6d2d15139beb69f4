"""City sounds as a background for words, from UrbanSound8K.

Keyword models are measured with the even folds, and their thresholds are chosen with the odd ones, too. No recording is
in two folds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from whipbird.arrays import Floats
from whipbird.errors import DataError
from whipbird_train.datasets import urbansound8k
from whipbird_train.datasets.clips import read_sounds

__all__ = ["NAME", "city_clips"]

Split = Literal["train", "validation"]

NAME = "urbansound8k"


def city_clips(folder: Path, split: Split, rate_hz: int) -> list[Floats]:
    """Clips of one split that are not silent and last a second or longer, each of shape (samples,).

    Raises
    ------
    DataError
        If the folder has none of that split.
    """
    odd = split == "train"
    listed = [clip for clip in urbansound8k.read_clips(folder) if int(clip.split.removeprefix("fold")) % 2 == odd]
    if not listed:
        raise DataError(f"no {'odd' if odd else 'even'} fold of UrbanSound8K in {folder}")
    _, waves = read_sounds(listed, rate_hz)
    return [wave for wave in waves if len(wave) >= rate_hz and wave.any()]
