"""Checks by its header whether a recording is complete, when it starts, and how long it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import tzinfo

from whipbird.errors import SourceError
from whipbird.recordings.files import Version
from whipbird.recordings.metadata.start import recording_clock
from whipbird.recordings.reader import Recording

__all__ = ["Incomplete", "Waiting", "check_complete", "is_readable"]

NANOSECONDS = 1_000_000_000


class Incomplete(SourceError):
    """A recording holds less than its header promises."""


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A complete recording that waits to be processed; sorted by its start, then by its path.

    ``start_s`` is its start in seconds since 1970; if the start is unknown, the time when the file was written.
    ``duration_s`` is 0 if the header does not give the duration.
    """

    start_s: float
    version: Version
    duration_s: float


def check_complete(version: Version, zone: tzinfo | None = None, whole: bool = True) -> Waiting:
    """Check a recording and read its start and duration.

    Parameters
    ----------
    zone : tzinfo, optional
        See `recording_clock`.
    whole : bool
        Refuse a recording that does not hold all that its header promises.

    Raises
    ------
    Incomplete
        If ``whole`` is set, and the recording is too short or empty.
    SourceError
        If the recording cannot be read.
    """
    path = version.path
    if whole and not version.size:
        raise Incomplete(f"{path}: empty so far")
    recording = Recording(path)
    try:
        rate_hz, promised = recording.rate_hz, recording.promised
        is_cut = whole and recording.is_cut()
    finally:
        recording.close()
    if is_cut and promised:
        raise Incomplete(f"{path}: shorter than the {promised / rate_hz:.1f} s given in its header")
    duration_s = None if promised is None else promised / rate_hz
    start = recording_clock(path, duration_s, zone).start
    start_s = version.modified_ns / NANOSECONDS if start is None else start.timestamp()
    return Waiting(start_s, version, duration_s or 0.0)


def is_readable(path: str) -> bool:
    """Whether the last byte of a file can be read; it cannot if the medium was removed."""
    try:
        with open(path, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            return len(file.read(1)) == min(1, end)
    except OSError:
        return False
