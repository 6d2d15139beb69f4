"""A user's own folder: labels from sub-folders, and a fair split."""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from whipbird.errors import DataError
from whipbird_train.datasets.clips import Clip
from whipbird_train.datasets.folders import _validation_groups, labels_of, read_backgrounds, read_clips, training_data


@pytest.fixture
def write(tmp_path, noise):
    """Write short recordings below the folder."""

    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(tmp_path / name, noise[:4_000], 16_000, format=Path(name).suffix[1:].upper())
        return tmp_path

    return make


def test_sub_folders_are_labels(write):
    folder = write("yes/1.wav", "yes/monday/2.WAV", "no/1.flac", "no/2.ogg", "no/3.mp3", "background/rain.wav")
    (folder / "yes" / ".1.wav.swp").touch()
    (folder / ".git" / "yes").mkdir(parents=True)
    clips = read_clips(folder)
    assert labels_of(clips) == ("no", "yes")
    assert Counter(clip.label for clip in clips) == {"no": 3, "yes": 2}
    assert len({clip.group for clip in clips}) == 5


def test_takes_of_a_speaker_stay_together(write):
    speakers = [f"{speaker}_nohash_{take}.wav" for speaker in "abcdef" for take in range(2)]
    clips = read_clips(write(*(f"{word}/{name}" for word in ("yes", "no") for name in speakers)))
    splits = {speaker: {clip.split for clip in clips if clip.group == speaker} for speaker in "abcdef"}
    assert all(len(of_speaker) == 1 for of_speaker in splits.values())
    assert {clip.split for clip in clips} == {"train", "validation"}


def test_a_label_of_five_clips_has_one_in_validation(write):
    folder = write(*(f"yes/{take}.wav" for take in range(5)), *(f"no/{take}.wav" for take in range(4)))
    counts = Counter((clip.label, clip.split) for clip in read_clips(folder))
    assert counts == {("yes", "train"): 4, ("yes", "validation"): 1, ("no", "train"): 4}


def test_the_seed_decides(write):
    folder = write(*(f"yes/{take}.wav" for take in range(20)), *(f"no/{take}.wav" for take in range(20)))
    assert read_clips(folder) == read_clips(folder)
    assert read_clips(folder) != read_clips(folder, seed=2)
    assert Counter(clip.split for clip in read_clips(folder, 0.5)) == {"train": 20, "validation": 20}
    assert {clip.split for clip in read_clips(folder, 0.0)} == {"train"}


def test_one_speaker_cannot_be_divided(write, caplog):
    clips = read_clips(write(*(f"yes/me_nohash_{take}.wav" for take in range(6))))
    assert {clip.split for clip in clips} == {"train"}
    assert "none is used for validation" in caplog.text


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=80),
    st.floats(0, 1),
    st.integers(0, 99),
)
def test_training_keeps_some_of_each_label_and_validation_gets_some(takes, share, seed):
    clips = [Clip(Path(str(take)), label, str(speaker), "train") for take, (label, speaker) in enumerate(takes)]
    kept_aside = _validation_groups(clips, share, seed)
    assert kept_aside == _validation_groups(clips[::-1], share, seed)
    assert {clip.label for clip in clips if clip.group not in kept_aside} == {clip.label for clip in clips}


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(5, 60), min_size=1), st.floats(0.05, 0.9), st.integers(0, 99)
)
def test_single_files_are_divided_as_asked(counts, share, seed):
    clips = [
        Clip(Path(), label, f"{label}/{take}", "train") for label, count in counts.items() for take in range(count)
    ]
    kept_aside = _validation_groups(clips, share, seed)
    got = Counter(clip.label for clip in clips if clip.group in kept_aside)
    assert got == {label: max(1, int(share * count)) for label, count in counts.items()}


def test_backgrounds_come_from_the_folder_and_from_a_separate_one(write):
    folder = write("yes/1.wav", "_Background_Noise_/a/rain.wav", "elsewhere/wind.wav")
    assert len(read_backgrounds(folder, 16_000)) == 1
    assert len(read_backgrounds(folder, 16_000, folder / "elsewhere")) == 2
    with pytest.raises(DataError, match=r"no background recordings in .*nowhere"):
        read_backgrounds(folder, 16_000, folder / "nowhere")


def test_errors_are_one_line(write, tmp_path):
    with pytest.raises(DataError, match="nowhere is not a folder"):
        read_clips(tmp_path / "nowhere")
    with pytest.raises(DataError, match="found no recordings"):
        read_clips(tmp_path)
    with pytest.raises(DataError, match="found 2 recordings in the folder itself"):
        read_clips(write("1.wav", "2.wav"))
    with pytest.raises(DataError, match="only 1 recording of 'yes'"):
        read_clips(write("yes/1.wav"))


def test_a_folder_that_cannot_be_a_label_is_named(write):
    with pytest.raises(DataError, match="is not a valid label"):
        read_clips(write(f"{'long' * 20}/1.wav", f"{'long' * 20}/2.wav"))


def test_a_label_without_recordings_is_left_out(write, caplog):
    folder = write("yes/1.wav", "yes/2.wav")
    (folder / "empty").mkdir()
    assert labels_of(read_clips(folder)) == ("yes",)
    assert "it has no recordings" in caplog.text


def test_what_is_not_read_is_named(write, caplog):
    folder = write("yes/1.wav", "yes/2.aiff")
    for name in ("yes/3.m4a", "yes/4.webm", "yes/5.3gp", "yes/notes.txt", "yes/.hidden"):
        (folder / name).touch()
    assert [clip.path.name for clip in read_clips(folder)] == ["1.wav", "2.aiff", "3.m4a", "4.webm"]
    (text,) = caplog.messages
    assert text == f"left out of {folder / 'yes'}, which have no suffix of a recording: 5.3gp, notes.txt"


def test_the_card_says_that_the_licence_is_not_stated():
    assert training_data(3).licence == "not stated"


@pytest.mark.skipif(sys.platform != "linux", reason="the system refuses such names")
def test_names_that_are_not_utf_8(write):
    folder = write(*(f"{label}/{take}.wav" for label in ("yes", "no") for take in range(6)))
    (folder / "yes" / "0.wav").rename(folder / "yes" / os.fsdecode(b"\xea.wav"))
    (folder / "no" / "0.wav").rename(folder / "no" / os.fsdecode(b"\xe9_nohash_0.wav"))
    assert {"yes/\\xea", "\\xe9"} < {clip.group for clip in read_clips(folder)}
