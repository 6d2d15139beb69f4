import io
from dataclasses import replace
from datetime import UTC, datetime

from made_events import BEGIN, event
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice, Opening, Summary
from whipbird.recordings.metadata.zones import time_zone
from whipbird.terminal.lines import PlainLines, ProblemLines, as_line


def heard(time=None):
    return Detection("yes", 12.34, 12.5, 12.7, 12.9, 0.987, "microphone", "commands", 197_440, time)


def test_an_event_has_time_label_score_and_model():
    assert as_line(heard()) == "0:00:12.34  yes               99%  commands"


def test_an_event_ends_with_its_wall_clock_time_when_that_is_known():
    assert as_line(heard(datetime(2024, 5, 1, 6, 0, 12, tzinfo=UTC))).endswith("commands  2024-05-01 06:00:12+00:00")


def test_a_time_that_is_only_guessed_is_not_shown():
    guessed = replace(heard(datetime(2024, 5, 1, 6, 0, 12, tzinfo=UTC)), time_from="modified")
    assert as_line(guessed) == as_line(heard())


def test_a_gap_says_how_much_is_missing_and_why():
    assert as_line(GapReport("microphone", 1, 2.5, "unplugged")) == "0:00:01.00  -- 1.500 s lost: unplugged"


def test_a_summary_counts_what_was_heard():
    summary = Summary("demo.flac", 60, 1.5, 2, 123.4, 0.3, 0.45)
    assert as_line(summary) == (
        "demo.flac: heard 60.0 s, lost 1.5 s, 2 events, 123 times real time, delay 300 ms (p95 450 ms)"
    )


def test_one_event_is_not_events_and_has_no_delay_if_none_is_known():
    assert as_line(Summary(None, 60, 0, 1, 1.0, None, None)) == (
        "all: heard 60.0 s, lost 0.0 s, 1 event, 1 times real time"
    )


def test_notices_go_to_one_file_and_all_else_to_the_other():
    output, errors = io.StringIO(), io.StringIO()
    for report in (heard(), Notice("the microphone is back")):
        PlainLines(output).write(report)
        ProblemLines(errors).write(report)
    assert output.getvalue() == "0:00:12.34  yes               99%  commands\n"
    assert errors.getvalue() == "whipbird: the microphone is back\n"


def test_each_line_is_out_at_once(tmp_path):
    path = tmp_path / "events.txt"
    with path.open("w") as file:
        PlainLines(file).write(heard())
        assert path.read_text().count("\n") == 1


OPENING = Opening("creek", None, 16_000, 1, None, BEGIN, "live", datetime.now(UTC), ())
GAP = GapReport("creek", 3.0, 4.5, "stalled")


def written(*reports):
    """What is written of several sources, in the zone of a station."""
    file = io.StringIO()
    lines = PlainLines(file, True, time_zone("+10:00"))
    for report in reports:
        lines.write(report)
    return file.getvalue().splitlines()


def test_lines_name_the_source_and_the_time_of_the_station():
    assert written(OPENING, event(source="creek"), GAP, Notice("not here")) == [
        "2024-05-01 16:00:01  creek  yes  90%  commands",
        "2024-05-01 16:00:03  creek  -- 1.500 s lost: stalled",
    ]


def test_gaps_of_an_unknown_time():
    assert written(GAP) == ["0:00:03.00  creek  -- 1.500 s lost: stalled"]


def test_the_journal_gets_priorities():
    for journal, expected in [(True, "<5>whipbird: a·b\n<4>whipbird: c\n"), (False, "whipbird: a·b\nwhipbird: c\n")]:
        file = io.StringIO()
        log = ProblemLines(file, journal)
        log.write(Notice("a\nb"))
        log.write(Notice("c", problem=True))
        log.write(GAP)
        assert file.getvalue() == expected


def test_a_long_name_moves_the_columns_after_it_and_they_stay_there():
    file = io.StringIO()
    lines = PlainLines(file)
    for name in ("yes", "Black-capped Chickadee", "yes"):
        lines.write(replace(heard(), label=name))
    assert [line.index("%") for line in file.getvalue().splitlines()] == [32, 38, 38]
