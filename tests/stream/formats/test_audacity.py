"""Audacity labels, read as annotations."""

from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_files import read_annotations


def test_labels_are_of_the_recording_that_the_file_is_named_after(tmp_path):
    for name in ("rec.01.txt", "rec.01.labels.txt", "rec.01.audacity.txt"):
        (tmp_path / name).write_text("1.000000\t2.500000\tyes\n")
        assert read_annotations(tmp_path / name) == {"rec.01": [Annotation(1.0, 2.5, "yes")]}


def test_frequency_ranges_are_skipped(tmp_path):
    text = "4.000000\t5.000000\tno?\n\\\t-1.000000\t6334.588867\n3\t3\tpoint\n1.000000\t2.500000\tyes\n"
    (tmp_path / "rec.txt").write_text(text)
    events = [Annotation(1.0, 2.5, "yes"), Annotation(3, 3, "point"), Annotation(4.0, 5.0, "no?")]
    assert read_annotations(tmp_path / "rec.txt") == {"rec": events}
