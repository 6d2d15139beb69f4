"""Verdicts through tables: events to judge, and a table that was filled in."""

import csv
from datetime import timedelta

import pytest

from made_events import BEGIN, event
from made_verdicts import NOON, recorded, verdict
from whipbird.activity.installed_names import InstalledNames
from whipbird.errors import DataError, OutputError
from whipbird.review.table_files import read_table, table_format, write_table


def filled_in(path, answers, separator=","):
    """Fill in the verdicts of a table, row by row."""
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file, delimiter=separator)
    column = [name.lower() for name in header].index("verdict")
    for row, answer in zip(rows, answers, strict=False):
        row[column] = answer
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=separator).writerows([header, *rows])
    return path


@pytest.fixture
def recordings():
    return [
        recorded(*(event(10.0 * number, score=0.5 + number / 30, source=path) for number in range(10)), source=path)
        for path in ("/card/a.wav", "/card/b.wav")
    ]


@pytest.mark.parametrize(("name", "separator"), [("judge.csv", ","), ("judge.raven.txt", "\t")])
def test_a_table_comes_back_with_verdicts(tmp_path, recordings, name, separator):
    path = tmp_path / name
    assert write_table(path, recordings, 8, True, InstalledNames()) == 8
    filled_in(path, ["yes", "no", "other: owl", "unsure"], separator)
    found = read_table(path, recordings, "ada", NOON)
    assert [one.answer for one in found] == ["yes", "no", "other", "unsure"]
    assert all(one.drawn and one.judge == "ada" and one.time == NOON and one.score for one in found)
    assert {one.recording for one in found} <= {"/card/a.wav", "/card/b.wav"}


def test_judged_events_are_not_in_the_table(tmp_path, recordings):
    one = recorded(event(0.0, verdict=verdict(drawn=True)), event(10.0))
    assert write_table(tmp_path / "judge.csv", [one], 10, True, InstalledNames()) == 1


def test_a_recording_may_be_named_by_the_end_of_its_path(tmp_path, recordings):
    path = tmp_path / "judge.csv"
    path.write_text("recording,begin_s,end_s,label,verdict\nb.wav,10,10.5,yes,no\n")
    (found,) = read_table(path, recordings, "ada", NOON)
    assert (found.recording, found.model, found.drawn) == ("/card/b.wav", "commands", False)


def test_a_row_on_no_event_is_a_verdict_on_that_sound(tmp_path, recordings):
    path = tmp_path / "judge.csv"
    path.write_text("recording,begin_s,end_s,label,verdict,drawn\nb.wav,200,201,yes,yes,true\n")
    (found,) = read_table(path, recordings, "ada", NOON)
    assert (found.begin_s, found.answer, found.score, found.model, found.drawn) == (200.0, "yes", None, "", False)


def test_runs_of_a_live_source_are_told_apart_by_time(tmp_path):
    runs = [
        recorded(
            event(10.0, time=BEGIN + timedelta(hours=hours, seconds=10), source="north"),
            source="north",
            path=None,
            start=BEGIN + timedelta(hours=hours),
        )
        for hours in (0, 3)
    ]
    path = tmp_path / "judge.csv"
    write_table(path, runs, 10, True, InstalledNames())
    found = read_table(filled_in(path, ["yes", "no"]), runs, "ada", NOON)
    assert [(one.answer, one.start[11:13]) for one in found] == [("yes", "06"), ("no", "09")]
    path.write_text("recording,begin_s,end_s,label,verdict\nnorth,10,10.5,yes,no\n")
    with pytest.raises(DataError, match="line 2: several recordings named 'north' have such an event"):
        read_table(path, runs, "ada", NOON)


def test_the_same_table_adds_nothing_twice(tmp_path):
    one = recorded(event(10.0, verdict=verdict("no", drawn=True)))
    path = tmp_path / "judge.csv"
    path.write_text("recording,begin_s,end_s,label,verdict\n/card/a.wav,10,10.5,yes,no\n")
    assert read_table(path, [one], "ada", NOON) == []
    assert len(read_table(path, [one], "bob", NOON)) == 1


def test_what_is_wrong_is_said(tmp_path, recordings):
    path = tmp_path / "judge.csv"
    path.write_text("recording,begin_s,end_s,label,verdict\nz.wav,1,2,yes,no\n")
    with pytest.raises(DataError, match=r"judge\.csv, line 2: no recording is named 'z\.wav' where"):
        read_table(path, recordings, "ada", NOON)
    with pytest.raises(OutputError, match=r"judge\.xls: unknown extension; use \.csv, or \.raven\.txt"):
        table_format(tmp_path / "judge.xls")
