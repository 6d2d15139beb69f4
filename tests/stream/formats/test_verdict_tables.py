"""Tables in which a person has filled in verdicts."""

import pytest

from whipbird.errors import DataError
from whipbird.events.verdict import Answer
from whipbird.formats.verdict_tables import read_verdict_table

HEAD = "recording,begin_s,end_s,label,verdict,other_label,drawn\n"


@pytest.fixture
def read(tmp_path):
    def read(text, name="judge.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_verdict_table(path)

    return read


def test_rows_without_a_verdict_are_left_out(read):
    rows = read(f"{HEAD}a.wav,1,2,owl,yes,,true\na.wav,3,4,owl,,,true\n")
    assert [(row.line, row.recording, row.begin_s, row.answer, row.drawn) for row in rows] == [
        (2, "a.wav", 1.0, Answer.YES, True)
    ]


@pytest.mark.parametrize(
    ("written", "answer", "other"),
    [
        ("YES", "yes", None),
        ("y", "yes", None),
        ("0", "no", None),
        ("?", "unsure", None),
        ("other: frog", "other", "frog"),
    ],
)
def test_people_write_verdicts_in_many_ways(read, written, answer, other):
    (row,) = read(f"{HEAD}a.wav,1,2,owl,{written},,\n")
    assert (row.answer, row.other) == (answer, other)


def test_no_with_another_label_is_other(read):
    (row,) = read(f"{HEAD}a.wav,1,2,owl,no,frog,\n")
    assert (row.answer, row.other) == (Answer.OTHER, "frog")


def test_spreadsheets_write_semicolons_and_decimal_commas(read):
    (row,) = read("recording;begin_s;end_s;label;verdict\na.wav;1,5;2,5;owl;no\n")
    assert (row.begin_s, row.end_s, row.answer) == (1.5, 2.5, Answer.NO)


def test_raven_tables_count_from_the_offset(read):
    text = (
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\tLabel\tVerdict\n"
        "1\tSpectrogram 1\t1\t100.0\t101.5\ta.wav\t10.0\towl\tno\n"
    )
    (row,) = read(text, "judge.raven.txt")
    assert (row.recording, row.begin_s, row.end_s, row.label) == ("a.wav", 10.0, 11.5, "owl")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}a.wav,1,2,owl,perhaps,,\n", "line 2: the verdict 'perhaps' is none of yes, no, unsure"),
        (f"{HEAD}a.wav,1,2,owl,other,,\n", "line 2: the verdict 'other' needs the other label"),
        (f"{HEAD}a.wav,1,x,owl,yes,,\n", "line 2: end_s is 'x', not a number"),
        ("recording,begin_s,end_s,label\n", "no column verdict"),
        ("", "no column"),
    ],
)
def test_what_is_wrong_is_said(read, text, message):
    with pytest.raises(DataError, match=message):
        read(text)
