"""Find when a recording started, from the best available origin, in this order:

1. ``guano``: GUANO metadata, which has a field for it;
2. ``audiomoth``: the comment of an AudioMoth, which names its zone;
3. ``wamd``: the metadata of Song Meters;
4. ``opensoundscape``: the comment of that program;
5. ``name``: the file name;
6. ``bext``: the broadcast extension, last because editing programs write the time of editing there;
7. ``modified``: the time of the last write, less the length, because a recorder writes a file up to its end. This is a
   guess: copying may change the time, and memory cards store it in steps of two seconds and without a zone.

A clock that was never set starts in 1970, that of a memory card in 1980. Such times are ignored, and so are those of
another century.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from whipbird.audio.clock import MODIFIED, Clock
from whipbird.recordings.metadata import audiomoth, guano
from whipbird.recordings.metadata.bext import start_in_bext
from whipbird.recordings.metadata.chunks import Header, read_header
from whipbird.recordings.metadata.names import time_in_name
from whipbird.recordings.metadata.opensoundscape import start_in_json_comment
from whipbird.recordings.metadata.wamd import start_in_wamd
from whipbird.recordings.metadata.zones import localise

__all__ = ["recording_clock"]

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
UNSET = tuple(datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 1980))
A_DAY, A_YEAR = timedelta(days=1), timedelta(days=366)  # before (time zones, length of a recording) and after


def recording_clock(path: str, duration_s: float | None, zone: tzinfo | None = None) -> Clock:
    """Start of a recording and the origin of that time; ``Clock()`` if it is unknown.

    Parameters
    ----------
    path : str
    duration_s : float or None
        Length; without it, the time of the last write is not used.
    zone : tzinfo, optional
        Zone of times without one; by default the system's (UTC for names of AudioMoths, see `time_in_name`).
    """
    if not os.path.isfile(path):  # a pipe: bytes that are read here would be lost
        return Clock()
    try:
        with open(path, "rb") as file:
            header = read_header(file)
    except OSError:
        header = Header()
    for origin, time in _times(path, header, duration_s, zone):
        if time is not None and _is_plausible(time):
            return Clock(time, origin)
    return Clock()


def _is_plausible(time: datetime) -> bool:
    unset = any(start - A_DAY <= time < start + A_YEAR for start in UNSET)
    return FIRST <= time < LAST and not unset


def _times(
    path: str, header: Header, duration_s: float | None, zone: tzinfo | None
) -> Iterator[tuple[str, datetime | None]]:
    comment = audiomoth.from_comment(header.comment)
    written = (
        ("guano", guano.from_bytes(header.guano or b"").timestamp),
        ("audiomoth", None if comment is None else comment.start),
        ("wamd", start_in_wamd(header.wamd or b"")),
        ("opensoundscape", start_in_json_comment(header.comment)),
    )
    for origin, time in written:
        if time is not None:
            with contextlib.suppress(OverflowError, OSError, ValueError):
                yield origin, localise(time, zone)
    with contextlib.suppress(OverflowError, OSError, ValueError):
        yield "name", time_in_name(path, zone)
    if (time := start_in_bext(header.bext or b"", header.rate_hz)) is not None:
        with contextlib.suppress(OverflowError, OSError, ValueError):
            yield "bext", localise(time, zone)
    if duration_s is not None:
        with contextlib.suppress(OverflowError, OSError, ValueError):
            end = datetime.fromtimestamp(os.stat(path).st_mtime, UTC)
            yield MODIFIED, (end - timedelta(seconds=duration_s)).astimezone(zone)
