import json
from dataclasses import replace
from datetime import UTC, datetime

from made_events import event
from whipbird.events.reports import GapReport, Notice, Summary
from whipbird.formats.jsonl import JsonFormatter, as_json

TIME = datetime(2024, 5, 1, 6, 0, 12, 345_678, tzinfo=UTC)
HEARD = event(12.34567891, peak_s=12.5, end_s=12.7, reported_s=12.9, score=0.98765432, time=TIME)


def test_an_event_is_one_object_a_line():
    line = JsonFormatter().line(HEARD)
    assert line.count("\n") == 1
    assert json.loads(line) == {
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
            "below_trigger_s": 0.0,
            "held_back": 0,
        }
    }


def test_notices_are_left_to_people():
    assert as_json(Notice("the microphone is back")) is None
