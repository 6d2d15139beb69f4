"""The digests in a station's settings: whom to send what was heard in a day or a week, and when."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import PlainValidator

from whipbird.station.listening_hours import parse_clock
from whipbird.station.settings.services import ServiceSettings

__all__ = ["DigestSettings"]

MONDAY = 0
LENGTHS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}


def _clock(value: Any) -> time:
    found = parse_clock(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be a time of day, such as "07:00"')
    return found


class DigestSettings(ServiceSettings):
    """A digest.

    Attributes
    ----------
    every : str
        ``day``, or ``week``: on Mondays.
    at : time
        When it is sent, in the station's time zone; it is about the day or week until then.
    picture : bool
        Whether it has a picture.
    """

    every: Literal["day", "week"] = "day"
    at: Annotated[time, PlainValidator(_clock)] = time(7)
    picture: bool = True

    @property
    def length(self) -> timedelta:
        """Of the time that it is about."""
        return LENGTHS[self.every]

    def is_due_on(self, day: date) -> bool:
        """Whether it is sent on a day."""
        return self.every == "day" or day.weekday() == MONDAY
