"""Clips: parts of recordings, and recordings that cannot be used."""

import numpy as np
import pytest
import soundfile

from whipbird.recordings.files import sound_files
from whipbird_train.datasets.clips import Clip, load_clip, read_recordings, read_sounds


@pytest.fixture
def ramp(tmp_path):
    """Two seconds at 16 kHz, rising from 0 to nearly 1."""
    path = tmp_path / "ramp.wav"
    soundfile.write(path, np.arange(32_000) / 32_000, 16_000, subtype="FLOAT")
    return path


def test_a_part_is_read_from_its_start(ramp):
    part = load_clip(ramp, 16_000, begin_s=0.5, duration_s=0.25)
    np.testing.assert_allclose(part, np.arange(8_000, 12_000) / 32_000, atol=1e-6)


def test_a_part_without_length_reaches_to_the_end(ramp):
    assert len(load_clip(ramp, 16_000, begin_s=1.5)) == 8_000


def test_a_part_beyond_the_end_is_as_long_as_what_is_there(ramp):
    assert len(load_clip(ramp, 16_000, begin_s=1.9, duration_s=1.0)) == 1_600
    assert len(load_clip(ramp, 16_000, begin_s=3.0)) == 0


def test_a_part_is_resampled(ramp):
    assert len(load_clip(ramp, 8_000, begin_s=0.5, duration_s=1.0)) == 8_000


def test_cuts_of_one_recording_are_loaded_as_clips(ramp):
    cuts = [Clip(ramp, "_silence_", "ramp", "train", begin_s, 0.5) for begin_s in (0.0, 1.0)]
    _, (first, second) = read_sounds(cuts, 16_000)
    np.testing.assert_allclose(second - first, np.full(8_000, 0.5), atol=1e-6)


@pytest.mark.parametrize(
    ("samples", "why"),
    [([], "it is empty"), ([0.1, np.nan, 0.1], "not finite"), ([0.1, np.inf, 0.1], "not finite")],
)
def test_unusable_recordings_are_named_and_left_out(tmp_path, ramp, caplog, samples, why):
    bad = tmp_path / "bad.wav"
    soundfile.write(bad, np.array(samples, np.float32), 16_000, subtype="FLOAT")
    kept, waves = read_sounds([Clip(path, "a", "b", "train") for path in (bad, ramp)], 16_000)
    assert [clip.path for clip in kept] == [ramp]
    assert len(waves) == 1
    assert f"left out {bad}" in caplog.text
    assert why in caplog.text
    assert len(read_recordings([bad, ramp], 16_000)) == 1


def test_missing_and_cut_off_files_are_left_out(tmp_path, ramp, caplog):
    cut_off = tmp_path / "cut_off.flac"
    cut_off.write_bytes(b"fLaC\0\0\0")
    paths = [tmp_path / "missing.wav", cut_off, ramp]
    assert len(read_recordings(paths, 16_000)) == 1
    assert "missing.wav" in caplog.text
    assert "cut_off.flac" in caplog.text


def test_recordings_are_found_by_any_spelling_of_their_suffix(tmp_path):
    for name in ("b.WAV", "a.flac", "c.mp3", ".hidden.wav", "notes.txt", "._d.wav"):
        (tmp_path / name).touch()
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "e.ogg").touch()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "f.wav").touch()
    assert [path.name for path in sound_files(tmp_path)] == ["a.flac", "b.WAV", "c.mp3"]
    assert [path.name for path in sound_files(tmp_path, nested=True)] == ["a.flac", "b.WAV", "c.mp3", "e.ogg"]
