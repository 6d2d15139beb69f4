"""Clips of a data set: each has a label, a group that stays together in one split, and the split."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from whipbird.arrays import Floats
from whipbird.errors import SourceError
from whipbird.models.card import TrainingData
from whipbird.recordings.spans import read_span

__all__ = ["Clip", "fit_length", "load_clip", "read_recordings", "read_sounds", "recordings_of", "repeated"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clip:
    """One labelled recording, or a part of a longer one.

    Attributes
    ----------
    group : str
        Speaker, bird or source; all clips of a group are in one split.
    split : str
        The data set's own: ``train``, ``validation``, ``test``, or the name of a fold.
    begin_s : float
        Start of the clip in the recording, in seconds.
    duration_s : float or None
        Length in seconds; None extends the clip to the end of the recording.
    """

    path: Path
    label: str
    group: str
    split: str
    begin_s: float = 0.0
    duration_s: float | None = None


def load_clip(path: Path, rate_hz: int, begin_s: float = 0.0, duration_s: float | None = None) -> Floats:
    """Read a recording or a part of it, mix it to mono and resample it: shape (samples,), float32.

    A part that extends past the end of the recording is shortened. What a triggered recorder left out counts for the
    positions, and is no sound of the clip.

    Raises
    ------
    SourceError
        If it cannot be read, or some of it is lost.
    """
    end_s = None if duration_s is None else begin_s + duration_s
    sound, rate = read_span(str(path), begin_s, end_s)
    samples = sound.mean(axis=1)
    return samples if rate == rate_hz or not len(samples) else soxr.resample(samples, rate, rate_hz)


def recordings_of(name: str, source: str, licence: str) -> Callable[[int], TrainingData]:
    """Entry of a model card for a number of training recordings from one source."""
    return lambda recordings: TrainingData(name=name, source=source, licence=licence, recordings=recordings)


def fit_length(samples: Floats, length: int) -> Floats:
    """Cut or zero-pad both ends equally to ``length`` samples."""
    missing = length - len(samples)
    if missing >= 0:
        return np.pad(samples, (missing // 2, missing - missing // 2))
    start = -missing // 2
    return samples[start : start + length]


def repeated(samples: Floats, length: int) -> Floats:
    """Cut or repeat to ``length`` samples."""
    return np.resize(samples, length)


def read_sounds(clips: Iterable[Clip], rate_hz: int) -> tuple[list[Clip], list[Floats]]:
    """Read clips, each of its own length; a damaged clip is named in the log and left out.

    Returns
    -------
    clips : list of Clip
        Clips that could be read, contain sound, and have only finite samples.
    waves : list of arrays, shape (samples,)
    """
    kept, waves = [], []
    for clip in clips:
        try:
            wave = load_clip(clip.path, rate_hz, clip.begin_s, clip.duration_s)
        except SourceError as error:
            log.warning("left out %s", error)
            continue
        if not len(wave):
            log.warning("left out %s: it is empty", clip.path)
        elif not np.isfinite(wave).all():  # one such sample would make all weights of the network NaN
            log.warning("left out %s: some of its samples are not finite numbers", clip.path)
        else:
            kept.append(clip)
            waves.append(wave)
    return kept, waves


def read_recordings(paths: Iterable[Path], rate_hz: int) -> list[Floats]:
    """Read whole recordings, each of shape (samples,); a damaged recording is named in the log and left out."""
    return read_sounds((Clip(path, "", "", "") for path in paths), rate_hz)[1]
