"""The sound of an event: from its recording while that is there, or from a clip that was kept.

A recording that cannot be read from anywhere (MP3, OGG) is decoded from its start.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Protocol

import numpy as np

from whipbird.activity.recorded_events import RecordedEvents
from whipbird.arrays import Floats
from whipbird.audio.gap import Gap
from whipbird.database.fingerprint import fingerprint, identity
from whipbird.errors import SourceError
from whipbird.events.detection import Detection
from whipbird.recordings.metadata.chunks import read_header
from whipbird.recordings.metadata.guano import Guano, from_bytes
from whipbird.recordings.reader import Recording
from whipbird.sinks.clips.clip import label_in, label_part, starts_with_time, time_part
from whipbird.text import one_line

__all__ = ["ClipFolders", "ClipSound", "FindsClips", "KeptClips", "SoundPlace", "place_of", "read_sound"]

MARGIN_S = 2.0  # before and after an event
BLOCK_S = 1.0
LARGEST = 1 << 28  # samples of all channels
SAME_S = 1.0  # between the times of a clip and an event of one run
FARTHEST_BACK = timedelta(minutes=5)  # from an event to the start of its clip, and more than any clip is long
FARTHEST_ON = timedelta(seconds=60)  # a clip of sound that was lost starts after its event


@dataclass(frozen=True)
class SoundPlace:
    """Where the sound of an event is.

    Attributes
    ----------
    path : str
        The recording, or a clip.
    offset_s : float
        What is added to a time from the start of the source to get the time in the file.
    """

    path: str
    offset_s: float = 0.0


@dataclass(frozen=True)
class ClipSound:
    """Sound around an event.

    Attributes
    ----------
    samples : array, shape (n, channels)
        What is missing is silence.
    rate_hz : int
    begin_s : float
        Its start, in seconds from the start of the source.
    """

    samples: Floats
    rate_hz: int
    begin_s: float

    @property
    def end_s(self) -> float:
        return self.begin_s + len(self.samples) / self.rate_hz


@dataclass(frozen=True)
class _Kept:
    """A clip by its metadata; times are in seconds from the start of the source."""

    path: str
    begin_s: float
    end_s: float
    metadata: Guano

    def is_of(self, source: str, label: str) -> bool:
        """Whether it holds a label of a source, which the clip names as it was given, and a database from the root."""
        fields = self.metadata.fields
        own = fields.get("whipbird|Source", "")
        parts = [part for part in PurePath(own).parts if part != ".."]
        is_end = bool(parts) and not os.path.isabs(own) and list(PurePath(source).parts[-len(parts) :]) == parts
        return fields.get("whipbird|Label", "") == label and (own == source or is_end)


class FindsClips(Protocol):
    """What finds the clip of an event."""

    def of(self, event: Detection) -> SoundPlace | None:
        """Where the sound of an event is; None if it was not kept."""


class ClipFolders:
    """The clips in several folders; for errors see `KeptClips`."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = [KeptClips(folder) for folder in folders]

    def of(self, event: Detection) -> SoundPlace | None:
        """Where the sound of an event is in the first folder that has it; None if none has."""
        return next((place for own in self._folders if (place := own.of(event)) is not None), None)


class KeptClips:
    """The clips in a folder, to which new ones may come.

    The names of clips are read at once; metadata only of those that may hold an event.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    SourceError
        If it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._read: dict[str, _Kept | None] = {}
        self._changed_ns = -1
        self._names: dict[str, list[str]] = {}  # by label, in order
        self._look()

    def of(self, event: Detection) -> SoundPlace | None:
        """Where the sound of an event is among the clips; None if it was not kept."""
        with self._lock:
            self._look()
            source, label = one_line(event.source), one_line(event.label)
            for name in self._near(event):
                if name not in self._read:
                    self._read[name] = _kept(self._folder / name)
                clip = self._read[name]
                if clip is None or not clip.is_of(source, label):
                    continue
                if clip.begin_s <= event.peak_s <= clip.end_s and _is_of_run(clip, event):
                    return SoundPlace(clip.path, -clip.begin_s)
        return None

    def _look(self) -> None:
        """Read the names again if the folder has changed."""
        try:
            changed_ns = self._folder.stat().st_mtime_ns
            if changed_ns == self._changed_ns:
                return
            names = sorted(os.listdir(self._folder))
        except OSError as error:
            raise SourceError(f"cannot read the clips in {self._folder}: {error.strerror or error}") from error
        self._changed_ns = changed_ns
        self._names = {}
        for name in names:
            if (label := label_in(name)) is not None:
                self._names.setdefault(label, []).append(name)
        present = set(names)
        self._read = {name: clip for name, clip in self._read.items() if clip is not None and name in present}

    def _near(self, event: Detection) -> list[str]:
        """Names of the clips that may hold an event: of its label, and of its time if that is known."""
        names = self._names.get(label_part(event.label), [])
        if event.shown_time is None:
            return names
        first, last = (time_part(event.shown_time + by) for by in (-FARTHEST_BACK, FARTHEST_ON))
        timed = names[bisect_left(names, first) : bisect_left(names, last)]
        return timed + [name for name in names if not starts_with_time(name)]


def place_of(recording: RecordedEvents, event: Detection, clips: FindsClips | None = None) -> SoundPlace:
    """Where the sound of an event is.

    Raises
    ------
    SourceError
        If its recording is gone, has been replaced by another, or never was a file, and no clip was kept.
    """
    kept = None if clips is None else clips.of(event)
    where = "" if clips is None else " among the clips"
    if recording.path is None:
        if kept is None:
            raise SourceError(f"{recording.source}: live sound, and no clip of it was kept{where or '; see --clips'}")
        return kept
    if (reason := _missing(recording, recording.path)) is None:
        return SoundPlace(recording.path)
    if kept is None:
        raise SourceError(f"{recording.path}: {reason}, and no clip was kept{where}")
    return kept


def read_sound(place: SoundPlace, begin_s: float, end_s: float, margin_s: float = MARGIN_S) -> ClipSound:
    """The sound from one time of the source to another, and some before and after it, as far as there is any.

    Raises
    ------
    SourceError
        If it cannot be read, or there is none.
    """
    recording = Recording(place.path)
    try:
        rate_hz = recording.rate_hz
        start = max(0, round((begin_s - margin_s + place.offset_s) * rate_hz))
        end = round((end_s + margin_s + place.offset_s) * rate_hz)
        if (end - start) * recording.channels > LARGEST:
            raise SourceError(f"{place.path}: an event of {end_s - begin_s:.0f} s is too long to be reviewed")
        is_after = recording.promised is not None and start >= recording.promised
        samples = _samples(recording, 0, 0) if is_after else _samples(recording, start, end)
    finally:
        recording.close()
    if not len(samples):
        raise SourceError(f"{place.path}: holds no sound at {begin_s + place.offset_s:.1f} s")
    return ClipSound(samples, rate_hz, start / rate_hz - place.offset_s)


def _samples(recording: Recording, start: int, end: int) -> Floats:
    """Samples from one position to another, shape (n, channels), with silence for gaps."""
    position = 0
    if recording.can_seek and start:
        recording.seek(start)
        position = start
    pieces: list[Floats] = []
    block = max(1, round(BLOCK_S * recording.rate_hz))
    while position < end:
        piece = recording.read(min(block, end - position))
        count = len(piece)
        if not count:
            break
        if position + count > start:
            first, last = max(0, start - position), min(count, end - position)
            silence = np.zeros((last - first, recording.channels), np.float32)
            pieces.append(silence if isinstance(piece, Gap) else piece[first:last])
        position += count
    return np.concatenate(pieces) if pieces else np.empty((0, recording.channels), np.float32)


def _missing(recording: RecordedEvents, path: str) -> str | None:
    """Why a recording cannot be used; None if it can."""
    content = fingerprint(path)
    if content is None:
        return "the recording is gone or cannot be read"
    if recording.identity is not None and identity(content, path) != recording.identity:
        return "another recording is there now"
    return None


def _kept(path: Path) -> _Kept | None:
    """A clip; None if a file is none."""
    try:
        with path.open("rb") as file:
            content = read_header(file).guano
    except OSError:  # removed, because it has become too old
        return None
    metadata = from_bytes(content or b"")
    try:
        begin_s = float(metadata.fields["whipbird|Begin"])
        length_s = float(metadata.fields["Length"])
    except (KeyError, ValueError):
        return None
    return _Kept(str(path), begin_s, begin_s + length_s, metadata)


def _is_of_run(clip: _Kept, event: Detection) -> bool:
    """Whether a clip is of the run of an event; it is taken to be if the time of one of them is not known."""
    time = clip.metadata.timestamp
    if time is None or event.shown_time is None or time.tzinfo is None:
        return True
    difference = time - (event.shown_time - timedelta(seconds=event.begin_s - clip.begin_s))
    return abs(difference.total_seconds()) < SAME_S
