"""Wall clock time of samples: the time of the first sample, and where it is known from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

__all__ = ["MODIFIED", "Clock", "live_clock", "utc_offset_s"]

MODIFIED = "modified"


class _SystemZone(tzinfo):
    """The system's time zone, with the offset that it has at each time.

    `datetime.astimezone` gives the offset at one time, which is wrong after the next change of daylight saving.
    """

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return None if dt is None else self._local(dt).utcoffset()

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        return None if dt is None else self._local(dt).tzname()

    def fromutc(self, dt: datetime) -> datetime:
        fixed = dt.replace(tzinfo=UTC).astimezone()
        local = fixed.replace(tzinfo=self)
        return local if local.utcoffset() == fixed.utcoffset() else local.replace(fold=1)

    def _local(self, dt: datetime) -> datetime:
        return dt.replace(tzinfo=None).astimezone()


SYSTEM_ZONE = _SystemZone()


@dataclass(frozen=True, slots=True)
class Clock:
    """When a source started.

    Attributes
    ----------
    start : datetime or None
        Time of its first sample, with zone; None when it is not known.
    origin : str
        Where ``start`` is known from: ``live`` (the system's clock at the start of a live source); for recordings
        ``guano``, ``audiomoth``, ``wamd``, ``opensoundscape``, ``name``, ``bext`` or ``modified`` (see
        `whipbird.recordings.metadata.start`); or ``none``.
    """

    start: datetime | None = None
    origin: str = "none"

    def at(self, seconds: float) -> datetime | None:
        """The time a number of seconds after the start, also when clocks are put forward or back in between."""
        if self.start is None:
            return None
        return (self.start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(self.start.tzinfo)

    def in_zone(self, zone: tzinfo | None) -> Clock:
        """The same clock, with its times in a zone; None for the system's."""
        return self if self.start is None else replace(self, start=self.start.astimezone(zone or SYSTEM_ZONE))


def live_clock(ago_s: float, zone: tzinfo | None = None) -> Clock:
    """The clock of a source whose first sample was taken some seconds ago, in a zone; None for the system's."""
    return Clock(datetime.now(UTC) - timedelta(seconds=ago_s), "live").in_zone(zone)


def utc_offset_s(time: datetime | None) -> int | None:
    """Offset of a time's zone from UTC, in seconds; None without a time or a zone."""
    offset = None if time is None else time.utcoffset()
    return None if offset is None else round(offset.total_seconds())
