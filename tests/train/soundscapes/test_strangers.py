"""Strangers' speech: one recording for each person, with the commands in it."""

import numpy as np
import pytest
import soundfile

from whipbird.formats.annotation import Annotation
from whipbird_train.datasets.kokoro_voices import VOICES
from whipbird_train.evaluate.recorded_scores import RecordedScores
from whipbird_train.soundscapes import strangers
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.strangers import PAUSE_S, RATE_HZ, kokoro_speech, readers_speech, words_in_rooms
from whipbird_train.synthesis.kokoro import Said


@pytest.fixture
def scored(monkeypatch):
    """Sounds that would be scored."""
    sounds = []

    def score(sound, rate_hz, model):
        sounds.append(sound)
        return RecordedScores("sound.wav", len(sound) / rate_hz, (), ())

    monkeypatch.setattr(strangers, "record_sound_scores", score)
    return sounds


@pytest.fixture
def data(tmp_path):
    """Two validation readers with two recordings of two seconds each, and one to train with."""
    books = tmp_path / "read-speech" / "books"
    books.mkdir(parents=True)
    (books / "splits.csv").write_text("reader,sex,split\n1,F,validation\n2,M,validation\n3,M,train\n")
    rows = ["utt\tword\tstart_s\tend_s"]
    for reader in "123":
        for number in "01":
            soundfile.write(books / f"{reader}-1-{number}.flac", np.full(2 * RATE_HZ, 0.1), RATE_HZ)
            rows.append(f"{reader}-1-{number}\tknow\t0.5\t0.75")
    (books / "words.tsv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_all_that_a_reader_reads_is_one_recording(data, scored):
    readers = readers_speech(data, None)
    assert list(readers) == ["1", "2"]
    [[(recorded, truth)]] = [readers["1"]]
    assert recorded.seconds == pytest.approx(4 + 2 * PAUSE_S)
    later = 2 + PAUSE_S
    assert truth == [Annotation(0.5, 0.75, "no?"), Annotation(later + 0.5, later + 0.75, "no?")]
    assert list(readers_speech(data, None, "train")) == ["3"]


def test_synthetic_voices_are_told_apart_by_the_largest_part(tmp_path, scored, monkeypatch):
    (tmp_path / VOICES).parent.mkdir()
    (tmp_path / VOICES).touch()
    plan = [Said("a", "en-us", (("one", 0.3), ("two", 0.7)), 1.0), Said("b", "en-us", (("two", 1.0),), 1.0)]
    plan.append(Said("c", "en-us", (("one", 1.0),), 1.0))
    monkeypatch.setattr(strangers, "read_plans", lambda folder: {"judging": plan})
    monkeypatch.setattr(
        strangers, "read_clips", lambda asked, folder: [(one, np.ones(RATE_HZ, np.float32)) for one in asked]
    )
    voices = kokoro_speech(tmp_path, None)
    assert {name: round(one[0][0].seconds, 1) for name, one in voices.items()} == {"one": 1.4, "two": 2.8}


def test_without_voices_nobody_speaks(tmp_path):
    assert kokoro_speech(tmp_path, None) == {}


def test_words_in_rooms_keep_label_speaker_and_place(tmp_path):
    pytest.importorskip("pyroomacoustics")
    samples = np.zeros(RATE_HZ, np.float32)
    samples[4000:4100] = 0.5
    words = [Sound(samples, "go", f"speaker {number}") for number in range(3)]
    placed = words_in_rooms(tmp_path, words)
    assert [(one.label, one.group) for one in placed] == [(one.label, one.group) for one in words]
    for one in placed:
        assert not np.array_equal(one.samples, samples)
        assert np.abs(one.samples[:3900]).max() < 1e-6
    again = words_in_rooms(tmp_path, words)
    np.testing.assert_array_equal(placed[2].samples, again[2].samples)
