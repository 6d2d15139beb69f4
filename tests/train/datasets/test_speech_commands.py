"""Speech Commands, as published and as a selection."""

import csv
import io
from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.errors import DataError
from whipbird_train.datasets import speech_commands
from whipbird_train.datasets.clips import read_sounds
from whipbird_train.datasets.speech_commands import LABELS, WORDS, commands_in, hash_split, read_backgrounds, read_clips

NOISES = ("doing_the_dishes", "dude_miaowing", "exercise_bike", "pink_noise", "running_tap", "white_noise")
# From the published lists of v0.02:
IN_VALIDATION = ("a69b9b3e", "439c84f4", "409c962a", "dbaf8fc6", "a6d586b7", "0e17f595", "ff2b842e", "7fd25f7c")
ALL_WORDS = (*WORDS, "bed", "visual")
SPEAKERS = (*IN_VALIDATION[:2], *(f"{number:08x}" for number in range(8)))


def wav(samples):
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="WAV")
    return file.getvalue()


@pytest.fixture
def published(tmp_path, noise):
    """The layout of the archive: twelve words of ten speakers, six noises, no lists."""
    take, long_noise = (wav(samples) for samples in (noise[:800], np.tile(noise, 3)))
    for word in ALL_WORDS:
        (tmp_path / word).mkdir()
        for speaker in SPEAKERS:
            (tmp_path / word / f"{speaker}_nohash_0.wav").write_bytes(take)
    (tmp_path / "_background_noise_").mkdir()
    for name in NOISES:
        (tmp_path / "_background_noise_" / f"{name}.wav").write_bytes(long_noise)
    (tmp_path / "_background_noise_" / "README.md").write_text("noises")
    (tmp_path / "LICENSE").write_text("CC BY 4.0")
    return tmp_path


def splits_of_groups(clips):
    splits = defaultdict(set)
    for clip in clips:
        splits[clip.group].add(clip.split)
    return splits


def test_the_folder_is_a_selection_or_what_an_archive_unpacks(tmp_path):
    assert commands_in(tmp_path) == tmp_path / "speech-commands"
    for name in ("speech_commands_v0.01", "speech_commands_v0.02", "speech-commands"):
        (tmp_path / name).mkdir()
        assert commands_in(tmp_path) == tmp_path / name


def test_the_hash_is_that_of_the_published_lists():
    assert {hash_split(speaker) for speaker in IN_VALIDATION} == {"validation"}


@settings(max_examples=25, deadline=None)
@given(takes=st.sets(st.tuples(st.sampled_from(ALL_WORDS), st.text("0123456789abcdef", min_size=1, max_size=8))))
def test_no_speaker_is_in_two_splits_whoever_they_are(takes):
    with TemporaryDirectory() as name:
        for word, speaker in takes | {("yes", "a69b9b3e")}:
            (Path(name) / word).mkdir(exist_ok=True)
            for take in range(2):
                (Path(name) / word / f"{speaker}_nohash_{take}.wav").touch()
        clips = read_clips(Path(name), "35")
    assert len(clips) == 2 * len(takes | {("yes", "a69b9b3e")})
    assert all(len(splits) == 1 for splits in splits_of_groups(clips).values())


def test_the_hash_keeps_the_asked_shares():
    counts = Counter(hash_split(f"{number:08x}") for number in range(5_000))
    assert counts["validation"] == pytest.approx(500, abs=80)
    assert counts["test"] == pytest.approx(500, abs=80)


def test_an_archive_without_lists_is_split_by_the_hash(published):
    clips = read_clips(published, "35")
    assert len(clips) == 12 * len(SPEAKERS)
    assert all(clip.split == hash_split(clip.group) for clip in clips)
    assert {clip.label for clip in clips} == set(ALL_WORDS)


def test_the_lists_are_the_split_where_there_are_both(published):
    (published / "validation_list.txt").write_text(
        "".join(f"{word}/{SPEAKERS[5]}_nohash_0.wav\n" for word in ALL_WORDS)
    )
    assert {clip.group for clip in read_clips(published) if clip.split == "validation"} != {SPEAKERS[5]}
    (published / "testing_list.txt").write_text(f"yes/{SPEAKERS[6]}_nohash_0.wav\nbed/{SPEAKERS[6]}_nohash_0.wav\n")
    words = read_clips(published, "35")
    assert {clip.group for clip in words if clip.split == "validation"} == {SPEAKERS[5]}
    assert sorted(clip.label for clip in words if clip.split == "test") == ["bed", "yes"]


def test_ten_commands_silence_and_unknown(published):
    clips = read_clips(published)
    counts = Counter((clip.label, clip.split) for clip in clips)
    assert {clip.label for clip in clips} == set(LABELS)
    for split in ("train", "validation"):
        assert counts["_unknown_", split] == 2 * counts["yes", split]
        assert counts["_silence_", split] == counts["yes", split]
    assert all(len(splits) == 1 for splits in splits_of_groups(clips).values())


def test_silence_is_cut_from_noises_of_its_own_split(published):
    silence = [clip for clip in read_clips(published) if clip.label == "_silence_"]
    noises = {split: {clip.path.stem for clip in silence if clip.split == split} for split in ("train", "validation")}
    assert noises["validation"] == {"exercise_bike"}
    assert noises["train"] <= set(NOISES) - {"exercise_bike", "running_tap"}
    assert len(noises["train"]) > 1
    _, waves = read_sounds(silence, 16_000)
    assert [len(wave) for wave in waves] == [16_000] * len(silence)


def test_the_same_seed_gives_the_same_clips(published):
    assert read_clips(published) == read_clips(published)
    assert read_clips(published) != read_clips(published, seed=2)


def test_few_noises_are_divided_in_time(published):
    for name in NOISES[1:]:
        (published / "_background_noise_" / f"{name}.wav").unlink()
    noise = published / "_background_noise_" / "doing_the_dishes.wav"
    soundfile.write(noise, np.random.default_rng(1).normal(0, 0.1, 20 * 16_000), 16_000)
    silence = [clip for clip in read_clips(published) if clip.label == "_silence_"]
    ends = {clip.begin_s + clip.duration_s for clip in silence if clip.split == "train"}
    begins = {clip.begin_s for clip in silence if clip.split == "validation"}
    assert max(ends) <= 16 <= min(begins)
    assert all(len(splits) == 1 for splits in splits_of_groups(silence).values())


def test_noises_too_short_or_damaged_give_no_silence(published, caplog):
    for name in NOISES:
        (published / "_background_noise_" / f"{name}.wav").write_text("no sound")
    assert "_silence_" not in {clip.label for clip in read_clips(published)}
    assert "no noise is long enough" in caplog.text


def test_backgrounds_are_the_noises(published):
    assert len(read_backgrounds(published, 16_000)) == len(NOISES)


def test_an_empty_folder_is_told_what_was_looked_for(tmp_path):
    with pytest.raises(DataError, match=r"no Speech Commands in .*splits\.csv.*_nohash_.*https://"):
        read_clips(tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        read_clips(tmp_path / "nowhere")


def test_a_table_without_a_column_is_named(tmp_path):
    (tmp_path / "splits.csv").write_text("path,label\nyes/1.flac,yes\n")
    with pytest.raises(DataError, match=r"splits\.csv needs the columns"):
        read_clips(tmp_path)


@pytest.fixture(scope="module")
def selection(data):
    return data / "speech-commands"


@pytest.fixture(scope="module")
def table(selection):
    with (selection / "splits.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_selection_is_what_its_table_says(selection, table):
    clips = read_clips(selection)
    said = [
        (clip.path.relative_to(selection / "clips").as_posix(), clip.label, clip.group, clip.split) for clip in clips
    ]
    assert said == [(row["path"], row["label"], row["speaker"], row["split"]) for row in table]
    assert {clip.label for clip in clips} == set(LABELS)
    assert all(clip.path.is_file() for clip in clips)
    assert len(read_backgrounds(selection, 16_000)) == len(NOISES)


def test_no_speaker_of_the_selection_is_in_two_splits(selection):
    splits = splits_of_groups(read_clips(selection))
    del splits["-"]  # silence has no speaker
    assert {frozenset(of_speaker) for of_speaker in splits.values()} == {
        frozenset(["train"]),
        frozenset(["validation"]),
    }


def test_each_word_of_the_selection_is_its_own_label(selection, table):
    words = read_clips(selection, "35")
    assert len(words) == sum(row["label"] != "_silence_" for row in table)
    labels = {clip.label for clip in words}
    assert labels > set(WORDS)
    assert not labels & {"_silence_", "_unknown_"}


def test_the_card_names_the_source():
    assert speech_commands.training_data(5).recordings == 5
