"""Read a time as recorders write it: ISO 8601, and variants of it."""

from __future__ import annotations

import re
from datetime import datetime, time

from whipbird.recordings.metadata.zones import UTC, from_offset

__all__ = ["written_time"]

# Variants: a space instead of the T, a comma before the fraction, a space before the offset, offsets of one digit.
TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?) ?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?",
    re.ASCII,
)


def written_time(text: str) -> datetime | None:
    """The time that a text is; without zone if it is local time, None if it is something else."""
    match = TIME.fullmatch(text)
    if match is None:
        return None
    try:
        clock = time.fromisoformat(match["time"].replace(",", "."))
        when = datetime.combine(datetime.fromisoformat(match["day"]), clock)
    except ValueError:
        return None
    if match["utc"]:
        return when.replace(tzinfo=UTC)
    if match["sign"]:
        zone = from_offset(match["sign"], match["hours"], match["minutes"])
        return None if zone is None else when.replace(tzinfo=zone)
    return when
