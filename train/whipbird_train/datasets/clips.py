"""Clips of a data set: each has a label, a group that stays together in one split, and the split."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from whipbird.arrays import Floats
from whipbird.audio.gap import Gap, is_lost
from whipbird.errors import PartlyReadError, SourceError
from whipbird.models.card import TrainingData
from whipbird.recordings.reader import Recording

__all__ = ["Clip", "fit_length", "length_s", "load_clip", "read_recordings", "read_sounds", "recordings_of", "repeated"]

log = logging.getLogger(__name__)

BLOCK = 1 << 16  # samples read at once


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
    with closing(Recording(str(path))) as recording:
        rate = recording.rate_hz
        begin = round(begin_s * rate)
        end = None if duration_s is None else begin + round(duration_s * rate)
        blocks = []
        for item in _items(recording, begin, end):
            if not isinstance(item, Gap):
                blocks.append(item.mean(axis=1))
            elif item.end > begin and is_lost(item.reason):
                raise SourceError(f"{path}: {item.reason} at {item.begin / rate:.2f} s")
        samples = np.concatenate((np.empty(0, np.float32), *blocks))
    return samples if rate == rate_hz or not len(samples) else soxr.resample(samples, rate, rate_hz)


def length_s(path: Path) -> float:
    """Length of a recording in seconds, as far as it can be read.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    with closing(Recording(str(path))) as recording:
        samples = recording.promised if recording.can_seek else None
        if samples is None:
            samples = 0
            with suppress(PartlyReadError):  # the length is right nevertheless
                for item in _items(recording, 0, None):
                    samples += len(item)
        return samples / recording.rate_hz


def _items(recording: Recording, begin: int, end: int | None) -> Iterator[Floats | Gap]:
    """The gaps and the samples from ``begin`` to ``end`` as far as they are there, in blocks of shape (n, channels)."""
    position = 0
    if begin and recording.can_seek:
        position = min(begin, recording.promised or 0)
        recording.seek(position)
    while end is None or position < end:
        try:
            item = recording.read(BLOCK if end is None else min(BLOCK, end - position))
        except SourceError as error:
            raise type(error)(f"{recording.path}: {error}") from error
        if not len(item):
            break
        yield item if isinstance(item, Gap) else item[max(0, begin - position) :]
        position += len(item)


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
