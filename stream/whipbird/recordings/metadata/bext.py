"""The broadcast extension of WAV files (EBU Tech 3285), which field recorders and editing programs write.

It has the date and the time at which the sound was made, and the *time reference*: samples from midnight to the start
of the file. A recorder that divides a long take gives the start of each file only there. Editing programs put something
else there, the position in their project.
"""

from __future__ import annotations

import re
import struct
from datetime import datetime, timedelta

__all__ = ["start_in_bext"]

DATE, TIME, REFERENCE = slice(320, 330), slice(330, 338), slice(338, 346)
SEPARATED = re.compile(rb"(\d{4})[-_:. /](\d\d)[-_:. /](\d\d)(\d\d)[-_:. /](\d\d)[-_:. /](\d\d)")
EARLIEST = timedelta(hours=1)  # before the given time, which may be that of the end; earlier is no time of day
LATEST = timedelta(days=2)  # after midnight: a take may last until the next day


def start_in_bext(content: bytes, rate_hz: int) -> datetime | None:
    """Start of the recording, in local time; None if no time can be read.

    Parameters
    ----------
    content : bytes
        Contents of the chunk ``bext``.
    rate_hz : int
        Sample rate of the recording; 0 if it is not known.
    """
    match = SEPARATED.fullmatch(content[DATE] + content[TIME])
    if match is None:
        return None
    try:
        given = datetime(*map(int, match.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None
    samples = struct.unpack("<Q", content[REFERENCE])[0] if len(content[REFERENCE]) == 8 else 0
    if not samples or not rate_hz or samples >= LATEST.total_seconds() * rate_hz:
        return given
    start = datetime(given.year, given.month, given.day) + timedelta(seconds=samples / rate_hz)
    return start if start >= given - EARLIEST else given
