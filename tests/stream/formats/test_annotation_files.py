"""Annotation files: all formats, folders of them, and errors."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from whipbird.errors import DataError
from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_files import read_all, read_annotations, write_annotations

CSV = "recording,begin_s,end_s,label\n"
RAVEN = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation\n"
FILES = "Selection\tBegin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\tSpecies\n"
YES, NO = Annotation(1.0, 2.5, "yes"), Annotation(4.0, 5.0, "no?")

times = st.floats(0, 1e5).map(lambda seconds: round(seconds, 6))
names = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1).filter(str.strip)
events = st.lists(
    st.tuples(times, times, names).map(lambda event: Annotation(*sorted(event[:2]), event[2])), max_size=8
)


def written_and_read(annotations, kind, name):
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        write_annotations(path, annotations, kind)
        return read_annotations(path)


def test_files_without_events(file):
    assert read_annotations(file("a.csv", CSV)) == {}
    assert read_annotations(file("a.selections.txt", RAVEN)) == {"a": []}
    assert read_annotations(file("many.txt", FILES)) == {}
    assert read_annotations(file("a.b.txt", b"")) == {"a.b": []}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_marks(file, mark, end):
    for text in (CSV + "a,1,2.5,yes\n", RAVEN + "1\t\t\t1\t2.5\t\t\tyes\n", "1\t2.5\tyes\n"):
        assert read_annotations(file("a.txt", mark + text.replace("\n", end))) == {"a": [YES]}


def test_a_sound_that_starts_before_its_recording_is_cut(file):
    for text in (CSV + "a,-0.02,2.5,yes\n", RAVEN + "1\t\t\t-0.02\t2.5\t\t\tyes\n", "-0.020000\t2.500000\tyes\n"):
        assert read_annotations(file("a.txt", text)) == {"a": [Annotation(0.0, 2.5, "yes")]}


def test_annotations_without_a_label_get_the_one_that_is_given(file):
    for text in (
        "recording,begin_s,end_s\na,1,2.5\n",
        CSV + "a,1,2.5,\n",
        RAVEN + "1\t\t\t1\t2.5\t\t\t\n",
        RAVEN.replace("\tAnnotation", "") + "1\t\t\t1\t2.5\t\t\n",
        "1\t2.5\t\n",
        "1\t2.5\n",
    ):
        assert read_annotations(file("a.txt", text), "yes") == {"a": [YES]}
    assert read_annotations(file("a.txt", "1\t2.5\tyes\n"), "no") == {"a": [YES]}


BIRDNET = "Start (s),End (s),Scientific name,Common name,Confidence,File\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_encodings(file, encoding):
    for text in (
        CSV + "a,1,2.5,Gr\u00fcnspecht\n",
        RAVEN + "1\t\t\t1\t2.5\t\t\tGr\u00fcnspecht\n",
        "1\t2.5\tGr\u00fcnspecht\n",
        BIRDNET + "1,2.5,Picus viridis,Gr\u00fcnspecht,0.9,a.wav\n",
    ):
        (found,) = read_annotations(file("a.txt", text.encode(encoding))).values()
        assert found == [Annotation(1.0, 2.5, "Gr\u00fcnspecht")]


def test_utf_16_of_either_order(file):
    for encoding in ("utf-16-le", "utf-16-be"):
        assert read_annotations(file("a.txt", ("\ufeff1\t2.5\tyes\n").encode(encoding))) == {"a": [YES]}


def test_other_separators_and_decimal_commas(file):
    for text in (
        CSV.replace(",", ";") + "a;1,0;2,5;yes\n",
        CSV.replace(",", ";") + "a;1;2.5;yes\n",
        CSV.replace(",", "\t") + "a\t1\t2,5\tyes\n",
        RAVEN + "1\t\t\t1,000\t2,500\t0,0\t8000,0\tyes\n",
        RAVEN.replace("\t", ";") + "1;;;1,000;2,500;0,0;8000,0;yes\n",
        RAVEN.replace("\t", ",") + "1,,,1.000,2.500,0.0,8000.0,yes\n",
        "1,000000\t2,500000\tyes\n",
    ):
        assert read_annotations(file("a.txt", text)) == {"a": [YES]}
        assert read_annotations(file("a.csv", text)) == {"a": [YES]}


def test_results_of_birdnet_analyzer(file):
    rows = "1.0,2.5,Picus viridis,yes,0.91,{}\n4.0,5.0,Strix aluco,no?,0.50,{}\n"
    for first, second in (("a.wav", "b.wav"), ("C:\\rec\\a.wav", "D:\\other\\b.wav"), ("/x/a.wav", "/y/b.wav")):
        assert read_annotations(file("all.csv", BIRDNET + rows.format(first, second))) == {
            "a.wav": [YES],
            "b.wav": [NO],
        }
    semicolons = (BIRDNET + rows.format("a.wav", "a.wav")).replace(",", ";").replace(".0", ",0").replace(".5", ",5")
    assert read_annotations(file("all.csv", semicolons.replace(".9", ",9"))) == {"a.wav": [YES, NO]}
    without = BIRDNET.replace(",File", "") + "1.0,2.5,yes,,0.91\n"
    assert read_annotations(file("a.BirdNET.results.csv", without)) == {"a": [YES]}
    assert read_annotations(file("a.BirdNET.results.csv", BIRDNET)) == {}
    with pytest.raises(DataError, match=r"line 2: End \(s\) is 'x', not a number"):
        read_annotations(file("a.csv", BIRDNET + "1,x,a,b,0.9,a.wav\n"))


def test_tables_that_were_put_together_have_headers_in_between(file):
    for head, row in ((CSV, "a,{},yes\n"), (RAVEN, "1\t\t\t{}\t\t\tyes\n")):
        text = "".join(
            head + row.format(times.replace(" ", "," if head is CSV else "\t")) for times in ("1 2.5", "4 5")
        )
        assert read_annotations(file("a.txt", text)) == {"a": [YES, Annotation(4.0, 5.0, "yes")]}


def test_the_calls_of_the_forest(data):
    path = data / "capuchinbird" / "forest" / "annotations.csv"
    if not path.is_file():
        pytest.skip(f"no {path}")
    forest = read_annotations(path)
    assert forest["recording_00"][0] == Annotation(10.98, 15.18, "capuchinbird")
    assert sum(map(len, forest.values())) == 98


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (CSV + "a,1,2,yes\na,2,1,yes\n", r"line 3: the end, 1.0 s, is before the start, 2.0 s"),
        (CSV + "\na,-2,-1,yes\n", r"line 3: the start, -2.0 s, is negative"),
        (CSV + "a,one,2,yes\n", r"line 2: begin_s is 'one', not a number"),
        (CSV + 'a,1,"2,5",yes\n', r"line 2: end_s is '2,5', not a number with a decimal point"),
        (CSV + "a,1_0,20,yes\n", r"line 2: begin_s is '1_0'"),
        (CSV + "a,1,inf,yes\n", r"line 2: from 1.0 s to inf s is not finite"),
        (CSV + "a,nan,1,yes\n", r"line 2: from nan s to 1.0 s is not finite"),
        (CSV + "a,1,2,\n", r"line 2: no label"),
        (CSV + "a,,,yes\n", r"line 2: begin_s is ''"),
        (CSV + ",1,2,yes\n", r"line 2: no recording"),
        (CSV + "a,1,2,yes, sir\n", r"line 2: 5 fields for 4 columns"),
        (CSV + 'a,1,2,"yes\nsir"\n', r"line 2: the label 'yes\\nsir' contains a tab or a line break"),
        (
            CSV + 'a,1,2,yes\na,1,2,"yes\na,1,2,yes\n',
            r"line 3: unexpected end of data; are all quotation marks",
        ),
        ("recording,start,end_s\na,1,2\n", r"line 1: no column begin_s, label among 'recording', 'start', 'end_s'$"),
        ("recording,begin_s,end_s,label,LABEL\na,1,2,yes,no\n", r"line 1: two columns label$"),
        (RAVEN + "1\t\t\t2\t1\t\t\tyes\n", r"line 2: the end, 1.0 s, is before"),
        (RAVEN + "1\t\t\t1,5\t2.5\t\t\tyes\n", r"line 2: Begin Time \(s\) is '1,5', not a number with a decimal point"),
        (RAVEN + "1\t\t\t1\t2\t\t\n", r"line 2: no label"),
        (FILES + "1\t1\t2\ta.wav\t\tyes\n", r"line 2: File Offset \(s\) is ''"),
        (FILES + "1\t1\t2\ta.wav\t-1\tyes\n", r"line 2: the start, -1.0 s, is negative"),
        (FILES + "1\t1\t2\t\t1\tyes\n", r"line 2: no Begin File"),
        ("Selection\tEnd Time (s)\tTag\n", r"line 1: no column Begin Time \(s\) among 'Selection', 'End Time \(s\)'"),
        (
            "Begin Time (s)\tEnd Time (s)\tNotes\n1\t2\tyes\n",
            r"line 2: the table has no column of labels \(Annotation, .*\); give one .* with --annotation-label",
        ),
        ("1\t2\tyes\n3\t4\t\n", r"line 2: no label"),
        ("1\t2\n", r"line 1: no label"),
        ("1\t2\tyes\tsir\n", r"line 1: 4 fields for 3 columns"),
        ("1,5\t2.5\tyes\n", r"line 1: start is '1,5', not a number with a decimal point"),
        ("1,500,5\t2\tyes\n", r"line 1: start is '1,500,5', not a number with a decimal point"),
        ("1\t2\tyes\nno\n", r"line 2: start is 'no'"),
        ("nan\t2\tyes\n", r"line 1: from nan s to 2.0 s is not finite"),
        ("-2\t-1\tyes\n", r"line 1: the start, -2.0 s, is negative"),
        ("2\t1\tyes\n", r"line 1: the end, 1.0 s, is before"),
        ("\nHello.\n", r"line 2: unknown format; needs a CSV header recording,begin_s,end_s,label, "),
        (b"b\xe9b\xe9\n", r"line 1: unknown format"),
        (b"recording\n\x81\x8d\n", r"line 2: not text"),
        (CSV.encode("utf-16")[2:], r"line 1: not text"),
        (CSV.encode("utf-32"), r"line 1: not text"),
        ("1\t2\tyes\n\0\0\0", r"line 2: not text$"),
    ],
)
def test_errors_are_one_line(file, text, complaint):
    path = file("a.txt", text)
    with pytest.raises(DataError, match=complaint) as raised:
        read_annotations(path)
    assert str(raised.value).startswith(f"{path}, line ")
    assert "\n" not in str(raised.value)


@given(
    st.sampled_from(["", CSV, RAVEN, FILES, "1\t2\tyes\n"]),
    st.lists(st.sampled_from([*'12-.,\t\r\n\\"\0é', "\n1\t", "nan"])).map("".join),
    st.sampled_from([".csv", ".txt"]),
)
def test_any_file_is_read_or_refused(start, rest, suffix):
    with TemporaryDirectory() as folder:
        path = Path(folder, "any").with_suffix(suffix)
        path.write_text(start + rest, "utf-8", newline="")
        with suppress(DataError):
            read_annotations(path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*nowhere.csv: No such file"):
        read_annotations(tmp_path / "nowhere.csv")


def test_files_and_folders_are_joined(file, tmp_path):
    file("tables/a.txt", "4\t5\tno?\n")
    file("tables/b.TSV", RAVEN)
    file("tables/c.csv", CSV + "a,,,\nc,1,2.5,yes\n")
    for name in ("tables/.a.txt", "tables/a.md", "tables/below/a.txt"):
        file(name, "8\t9\tother\n")
    more = file("more.csv", CSV + "a,1,2.5,yes\n")
    assert read_all([tmp_path / "tables", more]) == {"a": [YES, NO], "b": [], "c": [YES]}


def test_files_in_several_folders_annotate_the_recordings_beside_them(file, tmp_path):
    for folder, label in (("monday", "yes"), ("tuesday", "no"), ("labels", "go")):
        file(f"{folder}/rec.txt", f"1\t2\t{label}\n")
    for folder in ("monday", "tuesday"):
        file(f"{folder}/rec.wav", "")
    found = read_all([tmp_path / folder for folder in ("monday", "tuesday", "labels")])
    assert {name: event.label for name, [event] in found.items()} == {
        str(tmp_path / "monday/rec"): "yes",
        str(tmp_path / "tuesday/rec"): "no",
        "rec": "go",  # beside no recording: annotates any of that name
    }


def test_files_in_several_folders_without_recordings_are_joined(file, tmp_path):
    file("calls/rec.txt", "1\t2.5\tyes\n")
    file("songs/rec.txt", "4\t5\tno?\n")
    assert read_all([tmp_path / "calls", tmp_path / "songs"]) == {"rec": [YES, NO]}


def test_an_empty_csv_has_no_header(file):
    with pytest.raises(DataError, match=r"empty\.csv"):
        read_annotations(file("empty.csv", ""))
    assert read_annotations(file("empty.txt", "")) == {"empty": []}


def test_a_file_given_twice_is_read_once(file):
    path = file("a.txt", "1\t2.5\tyes\n")
    assert read_all([path, path.parent]) == {"a": [YES]}


def test_nothing_found(file, tmp_path):
    table = file("tables/a.csv", CSV)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no annotations in .*empty: needs files \*.csv, \*.tsv, \*.txt"):
        read_all([table, tmp_path / "empty"])
    with pytest.raises(DataError, match=r"no annotated recordings in .*a.csv"):
        read_all([table])
    with pytest.raises(DataError, match="no annotated recordings in no files"):
        read_all([])


def test_what_is_written(tmp_path):
    write_annotations(tmp_path / "a.csv", {"b": [NO, YES], "a": []}, "csv")
    assert (tmp_path / "a.csv").read_bytes() == CSV.encode() + b"b,1,2.5,yes\nb,4,5,no?\na,,,\n"
    write_annotations(tmp_path / "a.txt", {"a": [Annotation(-0.0, 100, "yes"), NO]}, "audacity")
    assert (tmp_path / "a.txt").read_bytes() == b"0\t100\tyes\n4\t5\tno?\n"
    write_annotations(tmp_path / "a.txt", {"a": [YES]}, "raven")
    row = "1\tSpectrogram 1\t1\t1.000000\t2.500000\t0.000000\t8000.000000\tyes\n"
    assert (tmp_path / "a.txt").read_bytes() == (RAVEN + row).encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.txt"]


@given(st.dictionaries(names, events, max_size=4))
@example({"a,b": [Annotation(0, 1e-6, ' "quoted", ')], '"': [], "\\": [Annotation(0, 1e5, "\\")]})
def test_csv_is_read_as_it_was_written(annotations):
    expected = {recording: sorted(found) for recording, found in annotations.items()}
    assert written_and_read(annotations, "csv", "any.csv") == expected


@given(events, st.sampled_from([("raven", "rec.1.Table.1.selections.txt"), ("audacity", "rec.1.txt")]))
@example([Annotation(0, 0, "Selection")], ("audacity", "rec.1.txt"))
@example([Annotation(0, 1e-6, '"'), Annotation(99_999.999999, 1e5, "\\ ,")], ("raven", "rec.1.txt"))
def test_tables_are_read_as_they_were_written(found, kind_and_name):
    assert written_and_read({"rec.1": found}, *kind_and_name) == {"rec.1": sorted(found)}


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        (Annotation(1, 2, "yes\tsir"), r"the label 'yes\\tsir' contains a tab or a line break"),
        (Annotation(1, 2, "yes\n"), "contains a tab or a line break"),
        (Annotation(1, 2, "yes\r"), "contains a tab or a line break"),
        (Annotation(1, 2, " "), "no label"),
        (Annotation(2, 1, "yes"), "is before the start"),
        (Annotation(-1, 1, "yes"), "is negative"),
        (Annotation(1, float("inf"), "yes"), "is not finite"),
    ],
)
def test_annotations_that_could_not_be_read_are_not_written(file, event, complaint):
    path = file("a.csv", "as it was")
    for kind in ("csv", "raven", "audacity"):
        with pytest.raises(ValueError, match=complaint):
            write_annotations(path, {"a": [event]}, kind)
    assert path.read_text() == "as it was"


def test_tables_hold_one_recording(tmp_path):
    for kind in ("raven", "audacity"):
        with pytest.raises(ValueError, match="holds the annotations of one recording, not of 2"):
            write_annotations(tmp_path / "a.txt", {"a": [], "b": []}, kind)
        with pytest.raises(ValueError, match="of one recording, not of 0"):
            write_annotations(tmp_path / "a.txt", {}, kind)
    with pytest.raises(ValueError, match="no recording"):
        write_annotations(tmp_path / "a.csv", {"": []}, "csv")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_named(file, tmp_path):
    with pytest.raises(DataError, match=r"cannot write .*a.csv: No such file"):
        write_annotations(tmp_path / "nowhere" / "a.csv", {"a": []}, "csv")
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match=r"cannot write .*a.csv"):
        write_annotations(tmp_path / "a.csv", {"a": []}, "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
