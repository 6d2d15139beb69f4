"""Time zones: from names or offsets, and local times with their zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

__all__ = ["UTC", "from_offset", "localise", "time_zone"]

OFFSET = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")
EARLIEST, LATEST = timedelta(hours=-12), timedelta(hours=14)  # offsets of Baker Island and of Kiribati


def time_zone(text: str) -> tzinfo:
    """The zone of a name in the IANA database (``Australia/Sydney``), or of an offset (``+10:00``, ``-3``, ``UTC``).

    Raises
    ------
    ValueError
        If there is no such zone.
    """
    if text in ("Z", "UTC", "GMT"):
        return UTC
    if match := OFFSET.fullmatch(text):
        zone = from_offset(match["sign"], match["hours"], match["minutes"])
        if zone is None:
            raise ValueError(f"no time zone has the offset {text}")
        return zone
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:  # also for a name that is a folder, or a file elsewhere
        raise ValueError(f"unknown time zone {text!r}; use one such as Australia/Sydney, +10:00 or UTC") from error


def from_offset(sign: str, hours: str, minutes: str | None) -> timezone | None:
    """The zone with this offset from UTC; None if there is no such zone."""
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    if int(minutes or 0) % 15 or int(minutes or 0) > 45 or not EARLIEST <= offset <= LATEST:
        return None
    return timezone(offset)


def localise(time: datetime, zone: tzinfo | None) -> datetime:
    """A time with its zone: its own if it has one, else ``zone``, else the system's.

    When clocks go back, an hour occurs twice: the first is meant. A time that is skipped when clocks go forward is
    taken to be of a clock that was not changed.

    Raises
    ------
    OverflowError, OSError, ValueError
        If the system does not know, as for years far away.
    """
    if time.tzinfo is not None:
        return time
    if zone is None:
        return time.astimezone()
    return time.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
