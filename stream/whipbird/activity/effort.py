"""Effort: seconds of each hour, from the start of a recording, its length and its gaps.

Hours are counted from the start of 1970 in the recording's time zone: hour 0 is 1970-01-01 00:00 to 01:00 there.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

__all__ = ["DAY_H", "HOUR_S", "TimeSpan", "day_of", "heard_spans", "hour_at", "seconds_by_hour"]

HOUR_S = 3600.0
DAY_H = 24
EPOCH = date(1970, 1, 1)

TimeSpan = tuple[float, float]  # start and end, in seconds


def heard_spans(elapsed_s: float, gaps: Iterable[TimeSpan]) -> Iterator[TimeSpan]:
    """The spans of a recording between its gaps."""
    begin_s = 0.0
    for lost_from_s, lost_until_s in sorted(gaps):
        if begin_s < min(lost_from_s, elapsed_s):
            yield begin_s, min(lost_from_s, elapsed_s)
        begin_s = max(begin_s, lost_until_s)
    if begin_s < elapsed_s:
        yield begin_s, elapsed_s


def hour_at(start_s: float | None, seconds: float) -> int | None:
    """The hour that contains a moment of a recording; None if the start of the recording is not known.

    Parameters
    ----------
    start_s : float or None
        Start of the recording, in seconds from the start of 1970 in its time zone.
    seconds : float
        Seconds from the start of the recording.
    """
    return None if start_s is None else math.floor((start_s + seconds) / HOUR_S)


def seconds_by_hour(
    start_s: float | None, spans: Iterable[TimeSpan], within: Sequence[int] | None = None
) -> dict[int | None, float]:
    """Seconds of some spans of a recording in each hour, for hours with any; None is the unknown hour.

    Parameters
    ----------
    within : sequence of int, optional
        Count only in these hours, sorted; for spans that may be of any length.
    """
    found: dict[int | None, float] = {}
    for begin_s, end_s in spans:
        if start_s is None:
            found[None] = found.get(None, 0.0) + end_s - begin_s
            continue
        first, last = start_s + begin_s, start_s + end_s
        from_hour, to_hour = math.floor(first / HOUR_S), math.ceil(last / HOUR_S)
        hours = range(from_hour, to_hour)
        for hour in hours if within is None else within[bisect_left(within, from_hour) : bisect_left(within, to_hour)]:
            within_s = min(last, (hour + 1) * HOUR_S) - max(first, hour * HOUR_S)
            if within_s > 0:
                found[hour] = found.get(hour, 0.0) + within_s
    return found


def day_of(hour: int) -> date:
    """The day that contains an hour."""
    return EPOCH + timedelta(days=hour // DAY_H)
