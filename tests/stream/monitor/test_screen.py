"""Lines of a station: events and gaps of several sources, and its log."""

import io
import json
from datetime import UTC, datetime, timedelta

from made_events import BEGIN, event

from stream.metadata.zones import time_zone
from stream.monitor.screen import Lines, Log
from stream.report import GapReport, Notice, Opening, Summary

OPENING = Opening("creek", None, 16_000, 1, None, BEGIN, "live", datetime.now(UTC), ())
GAP = GapReport("creek", 3.0, 4.5, "stalled")


def written(reports, as_objects=False, zone="+10:00"):
    file = io.StringIO()
    lines = Lines(file, as_objects, time_zone(zone))
    for report in reports:
        lines.write(report)
    return file.getvalue().splitlines()


def test_lines_name_the_source_and_the_time_of_the_station():
    assert written([OPENING, event(source="creek"), GAP, Notice("not here")]) == [
        "2024-05-01 16:00:01  creek  yes  90%  commands",
        "2024-05-01 16:00:03  creek  -- 1.500 s lost: stalled",
    ]


def test_gaps_of_an_unknown_time():
    assert written([GAP]) == ["0:00:03.00  creek  -- 1.500 s lost: stalled"]


def test_objects_tell_when_a_gap_began():
    summary = Summary("creek", 3.0, 1.5, 0, 1.0, None, None)
    gap, _, other = map(json.loads, written([OPENING, GAP, summary, GAP], as_objects=True))
    assert datetime.fromisoformat(gap["time"]) == BEGIN + timedelta(seconds=3)
    assert other["time"] is None


def test_the_journal_gets_priorities():
    for journal, expected in [(True, "<5>whipbird: a·b\n<4>whipbird: c\n"), (False, "whipbird: a·b\nwhipbird: c\n")]:
        file = io.StringIO()
        log = Log(file, journal)
        log.write(Notice("a\nb"))
        log.write(Notice("c", problem=True))
        log.write(GAP)
        assert file.getvalue() == expected
