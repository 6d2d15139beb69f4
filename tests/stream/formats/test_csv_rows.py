"""CSV of events, read back as other programs do, and of annotations."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from made_events import event
from whipbird.errors import DataError
from whipbird.events.reports import GapReport, Notice, Summary
from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_files import read_annotations
from whipbird.formats.csv_rows import CsvRows
from whipbird.sinks.files.text_file import TextFile

SUMMER = timezone(timedelta(hours=2))
HEARD = event(
    begin_s=12.34567891,
    peak_s=12.5,
    end_s=100,
    reported_s=100.25,
    score=0.98765432,
    source="forest/a.wav",
    time=datetime(2024, 5, 1, 6, 0, 12, 345_678, tzinfo=SUMMER),
    time_from="guano",
)

HEADER = "recording,begin_s,end_s,label\n"
YES, NO = Annotation(1.0, 2.5, "yes"), Annotation(4.0, 5.0, "no?")

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


def rows(form, *reports):
    text = form.head() + "".join(map(form.line, reports))
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_an_event_is_a_row():
    assert rows(CsvRows(), HEARD) == [
        {
            "recording": "forest/a.wav",
            "begin_s": "12.345679",
            "end_s": "100",
            "label": "yes",
            "score": "0.9877",
            "time": "2024-05-01 06:00:12.345",
            "zone": "+02:00",
            "time_from": "guano",
            "model": "commands",
            "peak_s": "12.5",
            "reported_s": "100.25",
            "concealed": "false",
        }
    ]


def test_an_unknown_time_is_empty():
    (row,) = rows(CsvRows(), replace(HEARD, time=None, time_from="none"))
    assert (row["time"], row["zone"], row["time_from"]) == ("", "", "none")


def test_an_event_over_lost_sound_is_marked():
    assert rows(CsvRows(), replace(HEARD, concealed=True))[0]["concealed"] == "true"


def test_other_reports_are_no_rows():
    others = (GapReport("a", 0, 1, "overflow"), Notice("?"), Summary("a", 1, 0, 0, 1.0, None, None))
    assert rows(CsvRows(), *others) == []


@given(names, names)
@example('"', "a,b\r\nc\td")
@example("=1+1", "\r")
def test_any_name_is_read_as_it_was_written(label, source):
    (row,) = rows(CsvRows(), replace(HEARD, label=label, source=source))
    assert (row["label"], row["recording"]) == (label, source)


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1).filter(str.strip),
    st.tuples(st.integers(0, 10**11), st.integers(0, 10**11)).map(sorted),
)
def test_evaluation_reads_it_as_annotations(name, microseconds):
    begin_s, end_s = (number / 10**6 for number in microseconds)
    with TemporaryDirectory() as folder:
        path = Path(folder, "heard.csv")
        TextFile(path, CsvRows()).write([replace(HEARD, label=name, source=name, begin_s=begin_s, end_s=end_s)])
        assert read_annotations(path) == {name: [Annotation(begin_s, end_s, name)]}


def test_annotations_of_several_recordings(file):
    path = file("any.csv", HEADER + 'b.wav,4,5,no?\nb.wav,1.0,2.5,yes\nquiet,,,\na,0,0,"hello, you"\n')
    assert read_annotations(path) == {"b.wav": [YES, NO], "quiet": [], "a": [Annotation(0, 0, "hello, you")]}


def test_annotation_columns_are_in_any_order_and_others_are_ignored(file):
    path = file("any.txt", '"label", end_s,heard by,Begin_s,recording\nyes,2.5,me,1,a\n\n,,,,\n,,me,,b\n')
    assert read_annotations(path) == {"a": [YES], "b": []}


def test_annotations_as_spreadsheets_write_them(file):
    assert read_annotations(file("any.csv", HEADER + "a,1,2.5,yes,,\nb\n")) == {"a": [YES], "b": []}


def test_missing_columns_are_named(file):
    with pytest.raises(DataError, match="no column recording, begin_s, end_s, label among 'file', 'from', 'to'"):
        read_annotations(file("any.csv", "file;from;to\n"))
    with pytest.raises(DataError, match="no column recording, begin_s, end_s, label among ''"):
        read_annotations(file("any.csv", ",,,\n"))
