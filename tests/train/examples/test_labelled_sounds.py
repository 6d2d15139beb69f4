"""Recordings in memory: chosen, taken, relabelled, joined, and read from a folder."""

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tones import made_training
from whipbird.errors import DataError
from whipbird_train.datasets.clips import Clip, fit_length
from whipbird_train.examples.labelled_sounds import Sounds, load_sounds


def sounds_of(*waves, labels=None, backgrounds=()):
    """Sounds of these samples, with the labels 0, 1, 2, ..."""
    names = tuple(f"{number}.wav" for number in range(len(waves)))
    return Sounds(
        [np.array(wave, np.float32) for wave in waves],
        np.array(range(len(waves)) if labels is None else labels, np.int64),
        names,
        tuple(f"group of {name}" for name in names),
        ("train",) * len(waves),
        made_training,
        [np.array(wave, np.float32) for wave in backgrounds],
    )


def test_what_is_chosen_keeps_its_name_and_label():
    chosen = sounds_of([0.1], [0.2], [0.3]).chosen(np.array([True, False, True]))
    assert [wave.tolist() for wave in chosen.waves] == [[np.float32(0.1)], [np.float32(0.3)]]
    assert chosen.labels.tolist() == [0, 2]
    assert chosen.names == ("0.wav", "2.wav")
    assert chosen.groups == ("group of 0.wav", "group of 2.wav")


def test_one_may_be_taken_twice():
    assert sounds_of([0.1], [0.2]).taken(np.array([1, 1, 0])).names == ("1.wav", "1.wav", "0.wav")


def test_none_may_be_chosen():
    assert len(sounds_of([0.1], [0.2]).chosen(np.zeros(2, bool))) == 0


def test_some_labels_alone_are_counted_anew():
    kept = sounds_of([0.1], [0.2], [0.3]).relabelled([2, 0])
    assert kept.names == ("0.wav", "2.wav")
    assert kept.labels.tolist() == [1, 0]


def test_backgrounds_stay():
    one, other = sounds_of([0.1], backgrounds=[[0.5]]), sounds_of([0.2], backgrounds=[[0.6]])
    assert len(one.chosen(np.zeros(1, bool)).backgrounds) == 1
    joined = one.joined(other)
    assert [wave.tolist() for wave in joined.backgrounds] == [[0.5], [np.float32(0.6)]]
    assert joined.labels.tolist() == [0, 0]
    assert len(joined) == 2


@given(st.lists(st.integers(0, 4), max_size=12), st.permutations([0, 1, 2, 3, 4]), st.integers(1, 5))
def test_relabelling_keeps_exactly_the_clips_with_these_labels(labels, order, count):
    numbers = order[:count]
    kept = sounds_of(*([0.1] * 1 for _ in labels), labels=labels).relabelled(numbers)
    assert [numbers[label] for label in kept.labels] == [label for label in labels if label in numbers]


@pytest.mark.parametrize(
    "other",
    [
        sounds_of([0.1, 0.2], [0.3], labels=[0, 0]),
        sounds_of([0.1, 0.25], [0.3]),
        sounds_of([0.3], [0.1, 0.2]),
        sounds_of([0.1, 0.2]),
        sounds_of([0.1, 0.2], [0.3], backgrounds=[[0.4]]),
    ],
)
def test_other_sounds_have_another_key(other):
    assert sounds_of([0.1, 0.2], [0.3]).key == sounds_of([0.1, 0.2], [0.3]).key
    assert sounds_of([0.1, 0.2], [0.3]).key != other.key


@pytest.mark.parametrize("other", [sounds_of([0.1], [0.2, 0.3]), sounds_of([0.1, 0.2], [], backgrounds=[[0.3]])])
def test_sounds_cut_elsewhere_have_another_key(other):
    assert sounds_of([0.1, 0.2], [0.3]).key != other.key


def test_a_folder_is_read_at_the_rate_that_is_asked_for(tmp_path, noise, caplog):
    (tmp_path / "yes").mkdir()
    soundfile.write(tmp_path / "yes" / "1.wav", noise, 16_000)
    (tmp_path / "yes" / "2.wav").write_text("no sound")
    listed = [Clip(tmp_path / "yes" / f"{take}.wav", "yes", f"speaker {take}", "train") for take in (1, 2)]
    read = load_sounds(listed, ("no", "yes"), 8_000, tmp_path, made_training)
    assert read.names == ("yes/1.wav",)
    assert read.labels.tolist() == [1]
    assert read.groups == ("speaker 1",)
    assert len(read.waves[0]) == 8_000
    assert "2.wav" in caplog.text


@given(st.integers(0, 20), st.integers(1, 20))
def test_lengths_are_fitted_around_the_middle(count, length):
    fitted = fit_length(np.arange(1, count + 1, dtype=np.float32), length)
    assert len(fitted) == length
    kept = fitted[fitted > 0]
    assert len(kept) == min(count, length)
    before, after = np.argmax(fitted > 0), np.argmax(fitted[::-1] > 0)
    lost_before, lost_after = (kept[0] - 1, count - kept[-1]) if len(kept) else (0, 0)
    assert abs(before - after) <= 1
    assert abs(lost_before - lost_after) <= 1


def test_a_folder_of_nothing_readable_is_said(tmp_path):
    (tmp_path / "1.wav").write_text("no sound")
    with pytest.raises(DataError, match=r"none of the recordings in .* can be read"):
        load_sounds([Clip(tmp_path / "1.wav", "yes", "ann", "train")], ("yes",), 8_000, tmp_path, made_training)
