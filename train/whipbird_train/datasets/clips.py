"""What every data set gives: clips with a label, a group that must not be torn apart, and a split."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from whipbird.arrays import Floats
from whipbird.models.card import TrainingData

__all__ = ["Clip", "fit_length", "load_clip", "read_recordings", "read_sounds", "recordings_of", "repeated"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clip:
    """One labelled recording, or a cut of a longer one.

    Attributes
    ----------
    group : str
        Speaker, bird or source; all clips of a group are in one split.
    split : str
        The data set's own: ``train``, ``validation``, ``test``, or the name of a fold.
    begin_s : float
        Where the clip begins in the recording, in seconds.
    duration_s : float or None
        How long it is, in seconds; None reaches to the end of the recording.
    """

    path: Path
    label: str
    group: str
    split: str
    begin_s: float = 0.0
    duration_s: float | None = None


def load_clip(path: Path, rate_hz: int, begin_s: float = 0.0, duration_s: float | None = None) -> Floats:
    """Read a recording or a part of it, mix it to mono and resample it: shape (samples,), float32.

    A part that reaches beyond the end of the recording is as long as what is there.
    """
    with soundfile.SoundFile(path) as file:
        rate = file.samplerate
        if begin_s:
            file.seek(min(round(begin_s * rate), file.frames))
        frames = -1 if duration_s is None else round(duration_s * rate)
        samples = file.read(frames, dtype="float32", always_2d=True)
    mono: Floats = samples.mean(axis=1)
    return mono if rate == rate_hz or not len(mono) else soxr.resample(mono, rate, rate_hz)


def recordings_of(name: str, source: str, licence: str) -> Callable[[int], TrainingData]:
    """What a model card says of a training on a number of recordings of one origin."""
    return lambda recordings: TrainingData(name=name, source=source, licence=licence, recordings=recordings)


def fit_length(samples: Floats, length: int) -> Floats:
    """Cut or zero-pad at both ends to so many samples, the middle staying in the middle."""
    missing = length - len(samples)
    if missing >= 0:
        return np.pad(samples, (missing // 2, missing - missing // 2))
    start = -missing // 2
    return samples[start : start + length]


def repeated(samples: Floats, length: int) -> Floats:
    """Cut to so many samples, or repeat until there are."""
    return np.resize(samples, length)


def read_sounds(clips: Iterable[Clip], rate_hz: int) -> tuple[list[Clip], list[Floats]]:
    """Read clips, each of its own length; a damaged one is named in the log and left out.

    Returns
    -------
    clips : list of Clip
        Those that could be read, hold sound, and nothing that is no number.
    waves : list of arrays, shape (samples,)
    """
    kept, waves = [], []
    for clip in clips:
        try:
            wave = load_clip(clip.path, rate_hz, clip.begin_s, clip.duration_s)
        except (soundfile.SoundFileError, OSError) as error:
            log.warning("left out %s: %s", clip.path, error)
            continue
        if not len(wave):
            log.warning("left out %s: it holds no sound", clip.path)
        elif not np.isfinite(wave).all():  # one such sample would spoil the whole network
            log.warning("left out %s: not all of its samples are numbers", clip.path)
        else:
            kept.append(clip)
            waves.append(wave)
    return kept, waves


def read_recordings(paths: Iterable[Path], rate_hz: int) -> list[Floats]:
    """Read whole recordings, each of shape (samples,); a damaged one is named in the log and left out."""
    return read_sounds((Clip(path, "", "", "") for path in paths), rate_hz)[1]
