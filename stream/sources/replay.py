"""Replay: a recording as a stream, at its own speed, a multiple of it, or as fast as it can be heard."""

from __future__ import annotations

import glob
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import soundfile

from stream.errors import SourceError
from stream.ring import Ring
from stream.sources.base import Notify, Source, check_format, write_block

__all__ = ["SUFFIXES", "Replay", "find_recordings"]

SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".w64", ".rf64", ".au", ".caf"}
)
PACED_BLOCK_S = 0.02
FAST_BLOCK_S = 0.25
TRUNCATED = "truncated"


def find_recordings(paths: Iterable[str]) -> Iterator[str]:
    """The recordings that files, folders (searched through) and patterns stand for, sorted within each.

    A path that stands for nothing is given back as it is, so that opening it says what is wrong.

    Raises
    ------
    SourceError
        If a folder holds no recordings, or a pattern matches nothing.
    """
    for path in paths:
        if Path(path).is_dir():
            found = sorted(str(file) for file in Path(path).rglob("*") if file.suffix.lower() in SUFFIXES)
            if not found:
                raise SourceError(f"{path}: no recordings in this folder ({', '.join(sorted(SUFFIXES))})")
            yield from found
        elif glob.has_magic(path) and not Path(path).exists():
            matched = sorted(glob.glob(path, recursive=True))
            if not matched:
                raise SourceError(f"{path}: matches no file")
            yield from find_recordings(matched)
        else:
            yield path


class Replay(Source):
    """One recording: WAV, FLAC, OGG, MP3 or whatever else libsndfile reads, of any length.

    Parameters
    ----------
    path : str
    speed : float or None
        1 is as recorded, None as fast as it is heard. Events are the same at every speed.
    """

    def __init__(self, path: str, speed: float | None = None) -> None:
        super().__init__(name=path, live=False)
        self._speed = speed
        self._file: soundfile.SoundFile | None = None
        self._missing = 0  # samples that the header promises and the file lacks

    def open(self) -> None:
        path = Path(self.name)
        try:
            if path.stat().st_size == 0:
                raise SourceError(f"{self.name}: the file is empty")
            self._file = soundfile.SoundFile(os.fsencode(self.name))
        except soundfile.LibsndfileError as error:
            raise SourceError(f"{self.name}: not a recording that can be read ({_reason(error)})") from error
        except OSError as error:
            raise SourceError(f"{self.name}: {error.strerror or error}") from error
        file = self._file
        try:
            check_format(self.name, file.samplerate, file.channels)
        except SourceError:
            file.close()
            raise
        self.rate_hz, self.channels = file.samplerate, file.channels
        self._missing = _missing_frames(file)
        self.duration_s = (file.frames + self._missing) / self.rate_hz

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        file = self._file
        assert file is not None, "run before open"
        if file.frames + self._missing == 0:
            raise SourceError(f"{self.name}: holds no sound")
        block = max(1, round((PACED_BLOCK_S if self._speed else FAST_BLOCK_S) * self.rate_hz))
        block = min(block, ring.capacity)
        begun = time.monotonic()
        read = 0
        failure = ""
        while not stop.is_set():
            if self._speed and stop.wait(max(0.0, begun + read / (self.rate_hz * self._speed) - time.monotonic())):
                break
            try:
                samples = file.read(block, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                failure = f" ({_reason(error)})"
                break
            if len(samples) == 0:
                break
            while not ring.wait_for_room(len(samples), 0.1):
                if stop.is_set():
                    return
            write_block(ring, samples, self.rate_hz)
            read += len(samples)
        if stop.is_set():
            return
        lost = max(0, file.frames - read) + self._missing
        if lost or failure:
            ring.skip(lost, TRUNCATED)
            raise SourceError(
                f"{self.name}: breaks off after {read / self.rate_hz:.2f} s, "
                f"{lost / self.rate_hz:.2f} s before its end{failure}"
            )

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _reason(error: soundfile.LibsndfileError) -> str:
    return str(error.error_string).rstrip(".")


def _missing_frames(file: soundfile.SoundFile) -> int:
    """Frames that a WAV header promises but the file does not hold; libsndfile notes it in its log and reads on."""
    note = re.search(r"^data\s*:\s*(\d+)\s*\(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if note is None or file.frames == 0:
        return 0
    promised, held = int(note[1]), int(note[2])
    if promised >= 2**31 - 4096:  # what programs write that do not know the length when they begin
        return 0
    frame_bytes = round(held / file.frames)
    return max(0, (promised - held) // frame_bytes) if frame_bytes else 0
