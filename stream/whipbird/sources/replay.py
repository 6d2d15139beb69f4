"""Replay: a recording as a stream, at its own speed, a multiple of it, or as fast as it can be heard."""

from __future__ import annotations

import glob
import os
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from pathlib import Path

from whipbird.audio.ring import Ring
from whipbird.errors import SourceError
from whipbird.metadata.start import recording_clock
from whipbird.sources.base import Notify, Source
from whipbird.sources.files import walk
from whipbird.sources.pour import pour
from whipbird.sources.recording import Recording

__all__ = ["Replay", "find_recordings"]

LONGEST_WAIT_S = 3600.0


def find_recordings(paths: Iterable[str]) -> Iterator[str]:
    """The recordings that files, folders (see `walk`) and patterns stand for, sorted within each, each once.

    What stands for nothing is given back as it is, so that opening it says what is wrong.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _expand(path):
            if found not in seen:
                seen.add(found)
                yield found


def _expand(path: str) -> list[str]:
    if os.path.isdir(path):
        return sorted(str(Path(file.path)) for file in walk(path)) or [path]
    if glob.has_magic(path) and not os.path.exists(path):
        matched = sorted(glob.glob(path, recursive=True))
        folders = [match for match in matched if os.path.isdir(match)]
        files_or_empty = [match for match in matched if match not in folders]
        if not files_or_empty:
            files_or_empty = [file for folder in folders for file in _expand(folder)]
        return files_or_empty or [path]
    return [path]


class Replay(Source):
    """One recording: WAV, FLAC, OGG, MP3 or whatever else libsndfile or FFmpeg reads, of any length.

    Parameters
    ----------
    path : str
    speed : float or None
        1 is as recorded, None as fast as it is heard. Events are the same at every speed.
    zone : tzinfo, optional
        Time zone of a recording that does not tell its own, see `recording_clock`.
    begin_s : int
        Where a piece of the recording begins, see `Source`.
    """

    def __init__(self, path: str, speed: float | None = None, zone: tzinfo | None = None, begin_s: int = 0) -> None:
        super().__init__(name=path, live=False, path=path, paced=speed is not None, begin_s=begin_s)
        self._speed = speed
        self._zone = zone
        self._recording: Recording | None = None

    def open(self) -> None:
        recording = Recording(self.name)
        self.rate_hz, self.channels = recording.rate_hz, recording.channels
        if recording.promised is not None:
            self.duration_s = recording.promised / recording.rate_hz
        self.clock = recording_clock(self.name, self.duration_s, self._zone)
        self._recording = recording
        if self.first:
            try:
                recording.seek(self.first)
            except SourceError:
                self.close()
                raise

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        recording = self._recording
        assert recording is not None, "run before open"
        keep_pace = None if self._speed is None else _Pace(self.rate_hz * self._speed, stop).keep
        promised = None if recording.promised is None else recording.promised - self.first
        pour(self.name, recording.read, promised, self.rate_hz, ring, stop, keep_pace)

    def close(self) -> None:
        if self._recording is not None:
            self._recording.close()


class _Pace:
    """Says when samples are due that come at some rate, from the first question on."""

    def __init__(self, rate_hz: float, stop: threading.Event) -> None:
        self._rate_hz = rate_hz
        self._stop = stop
        self._begun_s = time.monotonic()

    def keep(self, read: int) -> bool:
        """Wait until more than this many samples are due; returns False if there is to be no more."""
        due_s = self._begun_s + read / self._rate_hz
        while (wait_s := due_s - time.monotonic()) > 0:
            if self._stop.wait(min(wait_s, LONGEST_WAIT_S)):
                return False
        return not self._stop.is_set()
