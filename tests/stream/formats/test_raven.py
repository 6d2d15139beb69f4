"""Raven selection tables, read as annotations."""

import pytest

from whipbird.errors import DataError
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
    for name in (
        *("rec.01.Table.1.selections.txt", "rec.01.selections.txt", "rec.01.txt", "rec.01.csv"),
        *("rec.01.BirdNET.selection.table.txt", "rec.01.BirdNET.selections.txt"),
    ):
        assert read_annotations(file(name, text)) == {"rec.01": [YES]}


def test_raven_writes_a_selection_once_for_each_view(file):
    views = [f"{number}\t{view}\t1\t1\t2.5\t0\t0\tyes\n" for number in "12" for view in ("Waveform 1", "Spectrogram 1")]
    assert read_annotations(file("a.txt", HEADER + "".join(views))) == {"a": [YES, YES]}


def test_a_selection_that_is_repeated_in_the_same_view_is_another(file):
    row = "1\tSpectrogram 1\t1\t1\t2.5\t0\t0\tyes\n"
    assert read_annotations(file("a.txt", HEADER + row + row)) == {"a": [YES, YES]}


def test_raven_table_of_several_files_counts_from_the_start_of_each(file):
    rows = "1\t1\t2.5\ta.wav\t1\tyes\n2\t64.1\t65.1\tb.wav\t4\tno?\n3\t61.3\t62.8\tb.wav\t1\tyes\n"
    assert read_annotations(file("any.txt", FILES + rows)) == {"a.wav": [YES], "b.wav": [YES, NO]}


def test_raven_table_with_files_but_without_offsets(file):
    text = "Begin Time (s)\tEnd Time (s)\tBegin File\ttag\n1\t2.5\ta.wav\tyes\n1\t2.5\ta.wav\tyes\n"
    assert read_annotations(file("any.txt", text)) == {"a.wav": [YES, YES]}


def test_raven_label_is_in_the_first_of_several_columns(file):
    text = "Class\tLabel\tSelection\tBegin Time (s)\tEnd Time (s)\nword\tyes\t1\t1\t2.5\n"
    assert read_annotations(file("a.txt", text)) == {"a": [YES]}


def test_only_filled_columns_of_labels_count(file):
    text = "Annotation\tSpecies\tBegin Time (s)\tEnd Time (s)\n\tyes\t1\t2.5\nno?\tother\t4\t5\n"
    assert read_annotations(file("a.txt", text)) == {"a": [YES, NO]}


def test_a_table_without_rows_needs_no_labels(file):
    assert read_annotations(file("a.txt", HEADER.replace("\tAnnotation", ""))) == {"a": []}


def test_units_in_names_of_columns_may_be_left_out(file):
    text = FILES.replace(" (s)", "") + "1\t61\t62.5\tb.wav\t1\tyes\n"
    assert read_annotations(file("any.txt", text)) == {"b.wav": [YES]}


@pytest.mark.parametrize("folder", ["", "/data/", "data/", "C:\\data\\", "\\\\server\\data\\"])
def test_a_path_names_the_recording(file, folder):
    text = FILES.replace("Begin File", "Begin Path") + f"1\t61\t62.5\t{folder}b.wav\t1\tyes\n"
    assert read_annotations(file("any.txt", text)) == {"b.wav": [YES]}


def test_files_of_one_name_are_distinguished_by_their_folders(file):
    head = FILES.replace("Begin File", "Begin File\tBegin Path")
    rows = "1\t1\t2.5\ta.wav\t/monday/in/a.wav\t1\tyes\n2\t64\t65\ta.wav\t/tuesday/in/a.wav\t4\tno?\n"
    found = read_annotations(file("any.txt", head + rows + "3\t81\t82.5\tb.wav\t/tuesday/b.wav\t1\tyes\n"))
    assert found == {"monday/in/a.wav": [YES], "tuesday/in/a.wav": [NO], "b.wav": [YES]}


@pytest.mark.parametrize("selection", [1, 2])
def test_tables_of_single_files_that_were_put_together(file, selection):
    """The numbers of selections or the times start again; rows may be the same but for the file."""
    head = "Selection\tView\tBegin File\tBegin Time (s)\tEnd Time (s)\tCommon Name\n"
    rows = f"1\tSpectrogram 1\ta.wav\t1\t2.5\tyes\n{selection}\tSpectrogram 1\tb.wav\t1\t2.5\tyes\n"
    more = "2\tSpectrogram 1\tb.wav\t4\t5\tno?\n"
    assert read_annotations(file("any.txt", head + rows + more)) == {"a.wav": [YES], "b.wav": [YES, NO]}
    later = "1\tSpectrogram 1\ta.wav\t1\t2.5\tyes\n1\tSpectrogram 1\tb.wav\t4\t5\tno?\n"
    assert read_annotations(file("any.txt", head + later)) == {"a.wav": [YES], "b.wav": [NO]}


def test_times_that_may_count_over_several_files_are_refused(file):
    """Read as times in each file, they would be wrong, and nobody would notice."""
    text = FILES.replace("\tFile Offset (s)", "") + "1\t1\t2.5\ta.wav\tyes\n2\t64\t65\tb.wav\tno?\n"
    with pytest.raises(DataError, match=r"any.txt: names several recordings, but has no column File Offset \(s\)"):
        read_annotations(file("any.txt", text))
