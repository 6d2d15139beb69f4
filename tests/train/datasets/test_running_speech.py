"""Running speech: splits and transcripts."""

import numpy as np
import pytest
import soundfile

from whipbird_train.datasets.running_speech import read_spoken, training_data


@pytest.fixture
def folder(tmp_path):
    for collection, count in (("librispeech", 6), ("orders", 40)):
        (tmp_path / collection / "deeper").mkdir(parents=True)
        for number in range(count):
            soundfile.write(tmp_path / collection / "deeper" / f"{collection}-{number}.flac", np.zeros(100), 16_000)
    lines = [f"librispeech-{number} SHE SAID NO AND CATHERINE'S HAT\n" for number in range(6)]
    (tmp_path / "librispeech" / "1.trans.txt").write_text("".join(lines))
    return tmp_path


def test_recordings_with_a_transcript_are_not_trained_on_and_have_words(folder):
    read = [one for one in read_spoken(folder) if one.collection == "librispeech"]
    assert len(read) == 6
    assert {one.split for one in read} == {"validation"}
    assert all(one.words == {"she", "said", "no", "and", "catherine's", "hat"} for one in read)


def test_of_the_others_about_half_are_trained_on_always_the_same(folder):
    orders = [one for one in read_spoken(folder) if one.collection == "orders"]
    assert {one.words for one in orders} == {None}
    assert 10 <= sum(one.split == "train" for one in orders) <= 30
    assert orders == [one for one in read_spoken(folder) if one.collection == "orders"]


def test_without_the_folder_there_is_nothing(tmp_path):
    assert read_spoken(tmp_path / "none") == []


def test_the_card_names_source_and_licence():
    assert training_data(3).recordings == 3
    assert training_data(3).licence == "Apache-2.0"
