"""A recording of an hour at most, as a FLAC file with its start and its source as GUANO metadata.

It is written to a hidden file that gets its name at the end. What a process that was killed left unfinished gets its
name later: it holds what was recorded up to a moment before.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from datetime import datetime
from io import FileIO
from pathlib import Path

import numpy as np
import soundfile

from whipbird import __version__
from whipbird.arrays import Floats
from whipbird.errors import OutputError
from whipbird.recordings.metadata.guano import Guano, timestamp
from whipbird.sinks.clips.clip import time_part
from whipbird.sinks.pcm24 import MOST_CHANNELS, as_24_bit
from whipbird.text import one_line, safe_name

__all__ = ["HourFile", "name_unfinished", "source_in"]

SUFFIX, PART = ".flac", ".part"
NAME = re.compile(r"(?P<source>.+)_\d{8}T\d{6}\.\d{3}Z(?:_\d{1,6})?\.flac", re.DOTALL)
UNFINISHED = re.compile(r"\.(?P<name>.+_\d{8}T\d{6}\.\d{3}Z\.flac)\.part", re.DOTALL)
LEFT_S = 60.0  # without a change, an unfinished file was left by a process that has ended
LONGEST_SOURCE = 60  # characters in a name
MOST_RATE_HZ = 655_350  # of FLAC


class HourFile:
    """One file, open for writing.

    Parameters
    ----------
    folder : Path
    source, station : str
    start : datetime
        Time of its first sample.
    rate_hz, channels : int

    Raises
    ------
    OSError
    OutputError
        If FLAC cannot hold such sound.

    Attributes
    ----------
    part : Path
        The hidden file.
    loud : bool
        Whether some were above full scale, and were clipped.
    """

    def __init__(self, folder: Path, source: str, station: str, start: datetime, rate_hz: int, channels: int) -> None:
        if channels > MOST_CHANNELS or rate_hz > MOST_RATE_HZ:
            raise OutputError(f"FLAC cannot hold {channels} channels at {rate_hz} Hz")
        self._path = folder / f"{safe_name(source, LONGEST_SOURCE)}_{time_part(start)}{SUFFIX}"
        self.part = folder / f".{self._path.name}{PART}"
        self.loud = False
        self._file = _ReportingFile(self.part.open("w+b", buffering=0))
        try:
            self._flac = soundfile.SoundFile(self._file, "w", rate_hz, channels, "PCM_24", format="FLAC")
            self._flac.comment = _guano(source, station, start, rate_hz).as_text()
        except BaseException:
            self._file.close()
            raise

    def write(self, samples: Floats) -> None:
        """Append samples, shape (n, channels); raises OSError if they cannot be written."""
        self.loud |= bool(np.abs(samples).max(initial=0) > 1)
        try:
            self._flac.write(as_24_bit(samples))
        except soundfile.SoundFileError as error:
            self._file.check()
            raise OSError(str(error)) from error
        self._file.check()

    def close(self) -> Path:
        """Finish the file and return its path; raises OSError if it cannot be finished, and leaves what there is."""
        try:
            self._flac.close()
            self._file.check()
        finally:
            self._file.close()
        return _named(self.part, self._path)


class _ReportingFile:
    """A file for libsndfile, which does not report that a disk is full: keeps the first error, and raises it later."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._error: OSError | None = None

    def check(self) -> None:
        """Raise the first error that there was."""
        if self._error is not None:
            raise self._error

    def write(self, data: bytes) -> int:
        if self._error is None:
            rest = memoryview(data)
            try:
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError as error:
                self._error = error
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def source_in(name: str) -> str | None:
    """The source in the name of a file; None for other names."""
    found = NAME.fullmatch(name)
    return None if found is None else found["source"]


def name_unfinished(folder: Path, own: Collection[Path]) -> list[Path]:
    """Give what was left unfinished in a folder its name, except some files; returns the new paths."""
    named = []
    for part in sorted(folder.glob(f".*{SUFFIX}{PART}")):
        found = UNFINISHED.fullmatch(part.name)
        if found is None or part in own or part.stat().st_mtime > time.time() - LEFT_S:
            continue
        if part.stat().st_size:
            named.append(_named(part, folder / found["name"]))
        else:
            part.unlink()
    return named


def _named(part: Path, wanted: Path) -> Path:
    """Rename a file, with a number if the name is taken."""
    number, path = 1, wanted
    while path.exists():
        number += 1
        path = wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}")
    part.rename(path)
    return path


def _guano(source: str, station: str, start: datetime, rate_hz: int) -> Guano:
    fields = {
        "Timestamp": timestamp(start),
        "Samplerate": str(rate_hz),
        "whipbird|Version": __version__,
        "whipbird|Station": one_line(station).strip(),
        "whipbird|Source": one_line(source).strip(),
    }
    return Guano({key: value for key, value in fields.items() if value})
