"""Raven selection tables, read as annotations."""

from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_files import read_annotations
from whipbird.formats.raven import RAVEN

HEADER = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation\n"
FILES = "Selection\tBegin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\tSpecies\n"
YES, NO = Annotation(1.0, 2.5, "yes"), Annotation(4.0, 5.0, "no?")


def test_a_table_is_recognised_by_its_header():
    assert RAVEN.annotations.recognises(HEADER, ".txt")
    assert RAVEN.annotations.recognises("begin time (s)\tAnnotation", ".txt")
    assert not RAVEN.annotations.recognises("recording,begin_s,end_s,label", ".csv")


def test_a_table_is_of_the_recording_it_is_named_after(file):
    text = HEADER + "1\tSpectrogram 1\t1\t1.000000\t2.500000\t0.0\t8000.0\tyes\n"
    for name in ("rec.01.Table.1.selections.txt", "rec.01.selections.txt", "rec.01.txt", "rec.01.csv"):
        assert read_annotations(file(name, text)) == {"rec.01": [YES]}


def test_raven_writes_a_selection_once_for_each_view(file):
    views = [f"{number}\t{view}\t1\t1\t2.5\t0\t0\tyes\n" for number in "12" for view in ("Waveform 1", "Spectrogram 1")]
    assert read_annotations(file("a.txt", HEADER + "".join(views))) == {"a": [YES, YES]}


def test_raven_table_of_several_files_counts_from_the_start_of_each(file):
    rows = "1\t1\t2.5\ta.wav\t1\tyes\n2\t64.1\t65.1\tb.wav\t4\tno?\n3\t61.3\t62.8\tb.wav\t1\tyes\n"
    assert read_annotations(file("any.txt", FILES + rows)) == {"a.wav": [YES], "b.wav": [YES, NO]}


def test_raven_table_with_files_but_without_offsets(file):
    text = "Begin Time (s)\tEnd Time (s)\tBegin File\ttag\n1\t2.5\ta.wav\tyes\n1\t2.5\ta.wav\tyes\n"
    assert read_annotations(file("any.txt", text)) == {"a.wav": [YES, YES]}


def test_raven_label_is_in_the_first_of_several_columns(file):
    text = "Class\tLabel\tSelection\tBegin Time (s)\tEnd Time (s)\nword\tyes\t1\t1\t2.5\n"
    assert read_annotations(file("a.txt", text)) == {"a": [YES]}
