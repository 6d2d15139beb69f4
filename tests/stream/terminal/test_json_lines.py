import io
import json
from datetime import UTC, datetime, timedelta

from made_events import event
from whipbird.events.reports import GapReport, Notice, Opening, Summary
from whipbird.terminal.json_lines import JsonLines


def test_an_event_is_one_line():
    file = io.StringIO()
    JsonLines(file).write(event(12.5))
    assert file.getvalue().count("\n") == 1
    assert json.loads(file.getvalue())["begin_s"] == 12.5


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
