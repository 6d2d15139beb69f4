"""What every data set gives: clips with a label, a group that must not be torn apart, and a split."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

__all__ = ["Clip", "fit_length", "load_clip", "load_clips"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clip:
    """One labelled recording.

    Attributes
    ----------
    path : Path
    label : str
    group : str
        Speaker, bird or source; all clips of a group are in one split.
    split : str
        ``train``, ``validation`` or ``test``.
    """

    path: Path
    label: str
    group: str
    split: str


def load_clip(path: Path, rate_hz: int) -> NDArray[np.float32]:
    """Read a recording, mix it to mono and resample it: shape (samples,), float32."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    return mono if rate == rate_hz else soxr.resample(mono, rate, rate_hz)


def fit_length(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Cut or zero-pad at both ends to so many samples, the middle staying in the middle."""
    missing = length - len(samples)
    if missing >= 0:
        return np.pad(samples, (missing // 2, missing - missing // 2))
    start = -missing // 2
    return samples[start : start + length]


def load_clips(clips: Iterable[Clip], rate_hz: int, length: int) -> tuple[list[Clip], NDArray[np.float32]]:
    """Read clips to equal length; a damaged one is named in the log and left out.

    Returns
    -------
    clips : list of Clip
        Those that could be read.
    samples : array, shape (clips, length)
    """
    kept, waves = [], []
    for clip in clips:
        try:
            waves.append(fit_length(load_clip(clip.path, rate_hz), length))
        except (soundfile.LibsndfileError, OSError) as error:
            log.warning("left out %s: %s", clip.path, error)
        else:
            kept.append(clip)
    return kept, np.stack(waves) if waves else np.empty((0, length), np.float32)
