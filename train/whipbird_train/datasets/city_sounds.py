"""City sounds as a background for words, from UrbanSound8K.

Keyword models are trained with the odd folds and measured with the even ones; no recording is in two folds.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Literal

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import DataError
from whipbird_train.datasets import urbansound8k
from whipbird_train.datasets.clips import read_sounds

__all__ = ["NAME", "city_clips", "city_recordings"]

Split = Literal["train", "validation"]

NAME = "urbansound8k"
VOICES = frozenset({"children_playing", "street_music"})  # labels of clips that may contain people's voices


def city_clips(folder: Path, split: Split, rate_hz: int) -> list[Floats]:
    """Clips of one split that are not silent and last a second or longer, each of shape (samples,).

    Raises
    ------
    DataError
        If the folder has none of that split.
    """
    return [wave for _, _, wave in _read(folder, split, rate_hz)]


def city_recordings(folder: Path, split: Split, rate_hz: int) -> tuple[list[Floats], list[Floats]]:
    """The same clips, joined by recording: first the recordings without voices, then those that may contain voices.

    Raises
    ------
    DataError
        If the folder has none of that split.
    """
    clips_of: dict[tuple[bool, str], list[Floats]] = defaultdict(list)
    for label, recording, wave in _read(folder, split, rate_hz):
        clips_of[label in VOICES, recording].append(wave)
    without, voices = (
        [np.concatenate(waves) for (has_voices, _), waves in clips_of.items() if has_voices == wanted]
        for wanted in (False, True)
    )
    return without, voices


def _read(folder: Path, split: Split, rate_hz: int) -> list[tuple[str, str, Floats]]:
    odd = split == "train"
    listed = [clip for clip in urbansound8k.read_clips(folder) if int(clip.split.removeprefix("fold")) % 2 == odd]
    if not listed:
        raise DataError(f"no {'odd' if odd else 'even'} fold of UrbanSound8K in {folder}")
    clips, waves = read_sounds(listed, rate_hz)
    read = [(clip.label, clip.group, wave) for clip, wave in zip(clips, waves, strict=True)]
    return [one for one in read if len(one[2]) >= rate_hz and one[2].any()]
