import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from made_events import event
from whipbird.events.reports import GapReport, Notice, Opening, Summary
from whipbird.formats.jsonl import JsonLines, as_json

TIME = datetime(2024, 5, 1, 6, 0, 12, 345_678, tzinfo=UTC)
HEARD = event(12.34567891, peak_s=12.5, end_s=12.7, reported_s=12.9, score=0.98765432, time=TIME)


def test_an_event_is_one_object_a_line():
    file = io.StringIO()
    JsonLines(file).write(HEARD)
    assert file.getvalue().count("\n") == 1
    assert json.loads(file.getvalue()) == {
        "label": "yes",
        "begin_s": 12.345679,
        "peak_s": 12.5,
        "end_s": 12.7,
        "reported_s": 12.9,
        "score": 0.987654,
        "source": "microphone",
        "model": "commands",
        "begin_sample": 197_531,
        "time": "2024-05-01T06:00:12.345+00:00",
        "time_from": "live",
        "concealed": False,
    }


def test_an_unknown_time_is_null():
    unknown = as_json(replace(HEARD, time=None, time_from="none"))
    assert unknown["time"] is None
    assert unknown["time_from"] is None


def test_a_gap_says_what_is_missing_and_why():
    assert as_json(GapReport("microphone", 1.0, 2.5, "unplugged")) == {
        "gap": {"begin_s": 1.0, "end_s": 2.5, "reason": "unplugged"},
        "source": "microphone",
    }


def test_a_summary_without_events_has_no_delay():
    assert as_json(Summary("demo.flac", 60, 0, 0, 100.0, None, None)) == {
        "summary": {
            "source": "demo.flac",
            "heard_s": 60,
            "lost_s": 0,
            "events": 0,
            "realtime_factor": 100.0,
            "delay_p50_s": None,
            "delay_p95_s": None,
        }
    }


def test_notices_are_left_to_people():
    file = io.StringIO()
    JsonLines(file).write(Notice("the microphone is back"))
    assert file.getvalue() == ""


def test_names_survive_any_encoding_of_the_output():
    file = io.StringIO()
    JsonLines(file).write(GapReport("Wälder/mörgen.wav", 0, 1, "invalid samples"))
    assert file.getvalue().isascii()
    assert json.loads(file.getvalue())["source"] == "Wälder/mörgen.wav"


def test_gaps_tell_when_they_began_where_that_is_wanted():
    start = datetime(2024, 5, 1, 6, tzinfo=UTC)
    opening = Opening("creek", None, 16_000, 1, None, start, "live", datetime.now(UTC), ())
    gap = GapReport("creek", 3.0, 4.5, "stalled")
    summary = Summary("creek", 3.0, 1.5, 0, 1.0, None, None)
    file = io.StringIO()
    lines = JsonLines(file, gap_times=True)
    for report in (opening, gap, summary, gap):
        lines.write(report)
    first, _, other = map(json.loads, file.getvalue().splitlines())
    assert datetime.fromisoformat(first["time"]) == start + timedelta(seconds=3)
    assert other["time"] is None
