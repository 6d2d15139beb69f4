"""Replay: a recording as a stream, at its own speed, a multiple of it, or as fast as it can be processed."""

from __future__ import annotations

import threading
import time
from datetime import tzinfo

from whipbird.audio.ring import Ring
from whipbird.errors import SourceError
from whipbird.recordings.metadata.start import recording_clock
from whipbird.recordings.reader import Recording
from whipbird.sources.base import Notify, Source
from whipbird.sources.ring_writer import write_to_ring
from whipbird.text import as_text

__all__ = ["Replay"]

LONGEST_WAIT_S = 3600.0


class Replay(Source):
    """One recording: WAV, FLAC, OGG, MP3 or whatever else libsndfile or FFmpeg reads, of any length.

    Parameters
    ----------
    path : str
    speed : float or None
        1 is the speed of the recording, None as fast as possible. Events are the same at every speed.
    zone : tzinfo, optional
        Time zone of a recording that does not name its own, see `recording_clock`.
    begin_s : int
        Start of a piece of the recording, see `Source`.
    """

    def __init__(self, path: str, speed: float | None = None, zone: tzinfo | None = None, begin_s: int = 0) -> None:
        super().__init__(name=as_text(path), live=False, path=path, paced=speed is not None, begin_s=begin_s, zone=zone)
        self._speed = speed
        self._recording: Recording | None = None

    def open(self) -> None:
        assert self.path is not None
        recording = Recording(self.path)
        self.rate_hz, self.channels = recording.rate_hz, recording.channels
        if recording.promised is not None:
            self.duration_s = recording.promised / recording.rate_hz
        self.clock = recording_clock(self.path, self.duration_s, self.zone)
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

        def promised() -> int | None:
            return None if recording.promised is None else recording.promised - self.first

        write_to_ring(self.name, recording.read, promised, self.rate_hz, ring, stop, keep_pace)

    def close(self) -> None:
        if self._recording is not None:
            self._recording.close()


class _Pace:
    """Waits until samples of this rate are due; time starts when it is made."""

    def __init__(self, rate_hz: float, stop: threading.Event) -> None:
        self._rate_hz = rate_hz
        self._stop = stop
        self._started_s = time.monotonic()

    def keep(self, read: int) -> bool:
        """Wait until more than ``read`` samples are due; returns False if stopped."""
        due_s = self._started_s + read / self._rate_hz
        while (wait_s := due_s - time.monotonic()) > 0:
            if self._stop.wait(min(wait_s, LONGEST_WAIT_S)):
                return False
        return not self._stop.is_set()
