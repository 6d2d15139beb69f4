"""Events for tests of outputs."""

import dataclasses
from datetime import UTC, datetime, timedelta

from whipbird.events.detection import Detection
from whipbird.events.reports import Listener, Opening

BEGIN = datetime(2024, 5, 1, 6, 0, 0, tzinfo=UTC)
FIRST = Detection(
    label="yes",
    begin_s=1.0,
    peak_s=1.2,
    end_s=1.5,
    reported_s=1.6,
    score=0.9,
    source="microphone",
    model="commands",
    begin_sample=16_000,
    time=BEGIN + timedelta(seconds=1),
    time_from="live",
)


def event(begin_s=1.0, length_s=0.5, **fields):
    """An event of half a second, reported a moment after its end."""
    made = {
        "begin_s": begin_s,
        "peak_s": begin_s + length_s / 2,
        "end_s": begin_s + length_s,
        "reported_s": begin_s + length_s + 0.1,
        "begin_sample": round(begin_s * 16_000),
        "time": BEGIN + timedelta(seconds=begin_s),
    }
    return dataclasses.replace(FIRST, **(made | fields))


def opening(*labels, source="microphone", path=None):
    """A source that starts to be heard for these labels."""
    return Opening(source, path, 16_000, 1, 1, BEGIN, "live", BEGIN, (Listener("commands", "1", labels),))


def publish_events(publisher, begins_s):
    """Publish an event for each begin."""
    for begin_s in begins_s:
        publisher.publish(event(begin_s))


class Notes(list):
    """Keeps what is told."""

    __call__ = list.append


class Reports(list):
    """A sink that keeps the reports."""

    write = list.append

    def attach(self, *_):
        pass
