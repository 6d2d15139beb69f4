"""Reports of a made morning in Sydney, for databases of events."""

from datetime import UTC, datetime, timedelta, timezone

from made_events import event as made_event
from whipbird.events.reports import Listener, Opening, Summary

SYDNEY = timezone(timedelta(hours=10))
DAWN = datetime(2024, 5, 1, 5, 30, tzinfo=SYDNEY)  # 19:30 of the day before in UTC


def opening(source="north", path=None, start=DAWN, labels=("no", "yes"), time_from="live"):
    listeners = (Listener("commands", "1.0", labels),)
    return Opening(source, path, 16_000, 1, None, start, time_from, datetime(2024, 6, 1, tzinfo=UTC), listeners)


def event(begin_s, source="north", label="yes", start=DAWN):
    time = None if start is None else start + timedelta(seconds=begin_s)
    return made_event(begin_s, 1, reported_s=begin_s + 1, source=source, label=label, time=time)


def end(heard_s, source="north", lost_s=0.0, below_trigger_s=0.0):
    return Summary(source, heard_s, lost_s, 0, 1.0, None, None, below_trigger_s)
