"""Lists of clips."""

import pytest

from whipbird.errors import DataError
from whipbird_train.soundscapes.clip_lists import find_clips


@pytest.fixture
def folder(tmp_path):
    """Clips of two labels, by two speakers, and one of background."""
    for name in ("yes/ann_nohash_0.wav", "yes/bob.wav", "no/ann_nohash_0.wav", "_background_noise_/1.wav", "loose.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def found(source, split=None, labels=()):
    return [(clip.path.name, clip.label, clip.group) for clip in find_clips(source, split, labels)]


def test_folders_are_labels_and_file_names_may_give_the_speaker(folder):
    assert sorted(found(folder)) == [
        ("ann_nohash_0.wav", "no", "ann"),
        ("ann_nohash_0.wav", "yes", "ann"),
        ("bob.wav", "yes", ""),
    ]
    assert found(folder, labels=["no"]) == [("ann_nohash_0.wav", "no", "ann")]


def test_a_table_may_give_the_speaker_and_the_split(folder):
    rows = "path,label,speaker,split\nyes/bob.wav,yes,bob,test\nno/ann_nohash_0.wav,no,-,train\n"
    (folder / "clips.csv").write_text(rows)
    assert found(folder / "clips.csv") == [("bob.wav", "yes", "bob"), ("ann_nohash_0.wav", "no", "")]
    assert found(folder / "clips.csv", split="test") == [("bob.wav", "yes", "bob")]


def test_a_label_that_is_not_there_is_refused(folder):
    with pytest.raises(DataError, match=r"no clips of 'maybe' in .*; use one of no, yes"):
        find_clips(folder, None, ["maybe"])


@pytest.mark.parametrize(
    ("name", "reason"), [("a\0b.wav", "contains a NUL character"), ("A" * 300, "File name too long")]
)
def test_a_path_that_no_file_can_have_is_refused_with_its_line(tmp_path, name, reason):
    table = tmp_path / "clips.csv"
    table.write_text(f"path,label\n{name},yes\n")
    with pytest.raises(DataError, match=rf"clips\.csv, line 2: path .*{reason}"):
        find_clips(table, None, [])


def test_a_label_that_no_annotation_can_have_is_refused_with_its_line(tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text("path,label\na.wav,y\0es\n")
    with pytest.raises(DataError, match=r"clips\.csv, line 2: the label "):
        find_clips(table, None, [])
