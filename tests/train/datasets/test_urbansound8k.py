"""UrbanSound8K, with and without its table."""

import csv
from collections import Counter, defaultdict

import pytest
import soundfile

from whipbird.errors import DataError
from whipbird_train.datasets.clips import Clip
from whipbird_train.datasets.urbansound8k import LABELS, read_clips


@pytest.fixture
def published(tmp_path, noise):
    """The layout of the archive: two folds and the table."""
    rows = [("7383-3-0-0.wav", "7383", 1, 3), ("7383-3-0-1.wav", "7383", 1, 3), ("100-8-0-0.wav", "100", 10, 8)]
    (tmp_path / "metadata").mkdir()
    with (tmp_path / "metadata" / "UrbanSound8K.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["slice_file_name", "fsID", "start", "end", "salience", "fold", "classID", "class"])
        for name, recording, fold, number in rows:
            (tmp_path / "audio" / f"fold{fold}").mkdir(parents=True, exist_ok=True)
            soundfile.write(tmp_path / "audio" / f"fold{fold}" / name, noise[:100], 44_100)
            table.writerow([name, recording, 0.0, 4.0, 1, fold, number, LABELS[number]])
    (tmp_path / "audio" / "fold1" / "._7383-3-0-0.wav").touch()
    return tmp_path


def test_the_table_says_class_recording_and_fold(published):
    first, _, last = read_clips(published)
    assert first == Clip(published / "audio" / "fold1" / "7383-3-0-0.wav", "dog_bark", "7383", "fold1")
    assert last == Clip(published / "audio" / "fold10" / "100-8-0-0.wav", "siren", "100", "fold10")


def test_without_the_table_the_names_say_the_same(published):
    listed = read_clips(published)
    (published / "metadata" / "UrbanSound8K.csv").unlink()
    assert read_clips(published) == listed


def test_missing_files_are_left_out(published, caplog):
    (published / "audio" / "fold10" / "100-8-0-0.wav").unlink()
    assert len(read_clips(published)) == 2
    assert "1 of the 3 clips" in caplog.text


@pytest.mark.parametrize("line", ["a.wav,1,0,4,1,1,17,siren", "a.wav,1,0,4,1,first,8,siren", "a.wav"])
def test_a_wrong_table_is_named(published, line):
    with (published / "metadata" / "UrbanSound8K.csv").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(DataError, match=r"UrbanSound8K\.csv lacks one of"):
        read_clips(published)


def test_nothing_found(tmp_path):
    with pytest.raises(DataError, match=r"fold1/.*zenodo\.org"):
        read_clips(tmp_path)


def test_the_recordings(data):
    clips = read_clips(data / "urbansound8k")
    assert len(clips) == 1_761
    assert Counter(clip.split for clip in clips) == {"fold1": 873, "fold2": 888}
    assert {clip.label for clip in clips} == set(LABELS)
    folds = defaultdict(set)
    for clip in clips:
        folds[clip.group].add(clip.split)
    assert all(len(of_recording) == 1 for of_recording in folds.values())
