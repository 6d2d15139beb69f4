"""Whether a recording is complete, when it began, and how long it is: by what its header says."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import tzinfo

import soundfile

from whipbird.errors import SourceError
from whipbird.recordings.files import Version
from whipbird.recordings.metadata.start import recording_clock
from whipbird.recordings.reader import Recording

__all__ = ["Incomplete", "Waiting", "check_complete", "is_readable"]

NANOSECONDS = 1_000_000_000


class Incomplete(SourceError):
    """A recording that holds less than its header promises."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A complete recording that is to be processed.

    It starts ``start_s`` seconds after the begin of 1970, which is when it was written if nothing else is known.
    ``duration_s`` is 0 where its header does not say.
    """

    version: Version
    start_s: float
    duration_s: float

    @property
    def order(self) -> tuple[float, str]:
        """By start time, then by name."""
        return self.start_s, self.version.path


def check_complete(version: Version, zone: tzinfo | None = None, whole: bool = True) -> Waiting:
    """Look at a recording.

    Parameters
    ----------
    zone : tzinfo, optional
        See `recording_clock`.
    whole : bool
        Refuse it unless it holds all that it promises.

    Raises
    ------
    Incomplete
        If it does not, or holds nothing.
    SourceError
        If it cannot be read.
    """
    path = version.path
    if whole and not version.size:
        raise Incomplete(f"{path}: is empty so far")
    recording = Recording(path)
    try:
        rate_hz, promised = recording.rate_hz, recording.promised
    finally:
        recording.close()
    if whole and promised and not _holds(path, promised):
        raise Incomplete(f"{path}: does not hold the {promised / rate_hz:.1f} s that its header promises")
    duration_s = None if promised is None else promised / rate_hz
    start = recording_clock(path, duration_s, zone).start
    start_s = version.modified_ns / NANOSECONDS if start is None else start.timestamp()
    return Waiting(version, start_s, duration_s or 0.0)


def _holds(path: str, promised: int) -> bool:
    """Whether the last of the promised samples is there."""
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError:  # another library reads it, which does not know without reading all
        return True
    with file:
        if not file.seekable():
            return True
        try:
            file.seek(promised - 1)
            return len(file.read(1)) == 1
        except soundfile.LibsndfileError:
            return False


def is_readable(path: str) -> bool:
    """Whether a file can be read to its end, as far as its medium goes: it may have been pulled out."""
    try:
        with open(path, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            return len(file.read(1)) == min(1, end)
    except OSError:
        return False
