"""The hours in which a source listens, by the clock or by the sun: ``"22:00-04:00"``, ``"sunset-30m..sunrise+1h"``.

Where the sun does not rise on a day, it counts as both rising and setting at noon, so a night lasts from noon to noon,
and the day between has no length; where it does not set, it counts as doing both at midnight. Thus days and nights
become shorter and shorter towards the polar night and the polar day, and vanish there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from whipbird.engine.report_rules import Place

__all__ = ["Bound", "ListeningHours", "Span", "parse_clock", "parse_span"]

DAY = timedelta(days=1)
SUNRISE, SUNSET = "sunrise", "sunset"
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
SUN = re.compile(rf"({SUNRISE}|{SUNSET})(?:\s*([+-])\s*(?:(\d{{1,2}})\s*h)?\s*(?:(\d{{1,3}})\s*m(?:in)?)?)?")
LONGEST_OFFSET = timedelta(hours=12)
FORM = 'must be two times, such as "22:00-04:00" or "sunset-30m..sunrise+1h"'
HORIZON_DEG = -0.833  # of the sun's centre, when its upper edge is seen on the horizon


@dataclass(frozen=True)
class Bound:
    """A time of day, or sunrise or sunset with an offset.

    Attributes
    ----------
    clock : time or None
        None for the sun.
    sun : str
        ``sunrise`` or ``sunset``; empty for the clock.
    """

    clock: time | None = None
    sun: str = ""
    offset: timedelta = timedelta(0)


@dataclass(frozen=True)
class Span:
    """A part of each day; it may end on the next."""

    begin: Bound
    end: Bound

    @property
    def by_sun(self) -> bool:
        """Whether it depends on the sun, and so on the place."""
        return bool(self.begin.sun or self.end.sun)


def parse_clock(text: str) -> time | None:
    """A time of day such as ``07:00``; None if the text is none."""
    match = CLOCK.fullmatch(text)
    return None if match is None else time(int(match[1]), int(match[2]))


def parse_span(text: str) -> Span:
    """Read a span; raises ValueError, with what is wrong, if it is none."""
    parts = text.split("..") if ".." in text else text.split("-")
    if len(parts) != 2:
        raise ValueError(f"{text!r} {FORM}")
    span = Span(*(_bound(part.strip(), text) for part in parts))
    if span.begin == span.end:
        raise ValueError(f"{text!r} has no length; leave hours out to listen all day")
    return span


def _bound(text: str, whole: str) -> Bound:
    if (clock := parse_clock(text)) is not None:
        return Bound(clock)
    match = SUN.fullmatch(text)
    if match is None or (match[2] and not (match[3] or match[4])):
        raise ValueError(f"{whole!r} {FORM}")
    offset = timedelta(hours=int(match[3] or 0), minutes=int(match[4] or 0))
    if offset > LONGEST_OFFSET:
        raise ValueError(f"{whole!r}: the greatest offset is {LONGEST_OFFSET.seconds // 3600} hours")
    return Bound(sun=match[1], offset=-offset if match[2] == "-" else offset)


class ListeningHours:
    """Says when a source listens.

    Parameters
    ----------
    spans : sequence of Span
        Those of each day; none for all the time.
    zone : tzinfo or None
        Time zone of the clock; None for the system's.
    place : Place or None
        For the sun. Spans that depend on it need one.
    """

    def __init__(self, spans: Sequence[Span], zone: tzinfo | None, place: Place | None) -> None:
        self._spans = spans
        self._zone = zone
        self._place = place

    def listens(self, moment: datetime) -> bool:
        """Whether the source listens at a moment, which has a time zone."""
        return not self._spans or any(begin <= moment < end for begin, end in self._around(moment))

    def next_begin(self, moment: datetime) -> datetime | None:
        """When it listens next, after a moment at which it does not; None if not within two days (polar day)."""
        return min((begin for begin, end in self._around(moment) if begin > moment and begin < end), default=None)

    def _around(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans of the days around a moment."""
        day = self._local(moment).date()
        for span in self._spans:
            for other in (day - DAY, day, day + DAY, day + 2 * DAY):
                yield self._of_day(span, other)

    def _of_day(self, span: Span, day: date) -> tuple[datetime, datetime]:
        """Begin and end of a span that begins on a day, or belongs to the sunrise or sunset of it."""
        begin = self._at(span.begin, day)
        if span.begin.sun and span.end.sun:  # the end of the same night, or of the same day
            night = (span.begin.sun, span.end.sun) == (SUNSET, SUNRISE)
            return begin, max(begin, self._at(span.end, day + DAY if night else day))
        ends: Iterable[datetime] = (self._at(span.end, day + number * DAY) for number in (-1, 0, 1, 2))
        return begin, next(end for end in ends if end > begin)

    def _at(self, bound: Bound, day: date) -> datetime:
        if bound.clock is not None:
            local = datetime.combine(day, bound.clock)
            return (local.astimezone() if self._zone is None else local.replace(tzinfo=self._zone)).astimezone(UTC)
        assert self._place is not None  # the settings say so
        return _sun(self._place, day, bound.sun) + bound.offset

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone)


@lru_cache(maxsize=64)
def _sun(place: Place, day: date, event: str) -> datetime:
    """Sunrise before, or sunset after, the noon of a day by the sun."""
    from astral import Observer, sun

    observer = Observer(place.latitude, place.longitude)
    half = DAY / 2
    noon = datetime.combine(day, time(12), UTC) - timedelta(hours=place.longitude / 15)
    first, last = (noon - half, noon) if event == SUNRISE else (noon, noon + half)
    found: list[datetime] = []
    for other in (day - DAY, day, day + DAY):
        try:
            found.append(getattr(sun, event)(observer, other))
        except ValueError:
            continue  # not on that day
    margin = timedelta(minutes=20)  # by which noon is earlier or later in the course of a year
    within = [moment for moment in found if first - margin <= moment <= last + margin]
    if within:
        return min(within, key=lambda moment: abs(moment - (first + half / 2)))
    shines = sun.elevation(observer, noon) > HORIZON_DEG
    return (first if event == SUNRISE else last) if shines else noon
