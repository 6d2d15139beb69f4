"""Clips: parts of recordings, and recordings that cannot be used."""

import sys

import numpy as np
import pytest
import soundfile
import soxr

from lossy import encoded
from triggered import BLOCK, write_wav
from whipbird.errors import SourceError
from whipbird.recordings.files import sound_files
from whipbird.recordings.spans import length_s
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


@pytest.mark.parametrize(("name", "subtype"), [("gsm.wav", "GSM610"), ("adpcm.wav", "IMA_ADPCM"), ("a.ogg", "VORBIS")])
def test_every_valid_recording_is_read(tmp_path, noise, name, subtype):
    path = tmp_path / name
    soundfile.write(path, noise, 16_000, subtype)
    assert len(load_clip(path, 16_000)) == pytest.approx(16_000, abs=2041)
    assert length_s(str(path)) == len(load_clip(path, 16_000)) / 16_000


@pytest.mark.parametrize("total", [0, 2**36 - 1])
def test_a_flac_of_unknown_or_absurd_length_is_read(tmp_path, noise, total):
    path = tmp_path / "a.flac"
    soundfile.write(path, noise, 16_000)
    content = bytearray(path.read_bytes())
    content[21:26] = ((int.from_bytes(content[21:26]) >> 36 << 36) | total).to_bytes(5)
    path.write_bytes(content)
    assert len(load_clip(path, 16_000)) == 16_000


def test_what_ffmpeg_reads_is_read(tmp_path, noise):
    av = pytest.importorskip("av")
    path = tmp_path / "a.mka"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray((noise[None] * 32767).astype(np.int16), "s16", "mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    np.testing.assert_allclose(load_clip(path, 16_000), noise, atol=2**-14)
    assert sound_files(tmp_path) == [path]


@pytest.mark.parametrize("suffix", ["m4a", "webm"])
def test_what_needs_the_extra_is_named_without_it(tmp_path, monkeypatch, caplog, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"\0\0\0\x20ftypM4A " * 50)
    monkeypatch.setitem(sys.modules, "av", None)  # as if it were not installed
    assert read_recordings([path], 16_000) == []
    (text,) = caplog.messages
    assert text.startswith(f"left out {path}: ")
    assert "needs more packages (missing: av)" in text


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff"])
def test_a_wrong_length_in_a_header_costs_no_sound(tmp_path, noise, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, noise, 16_000)
    content = bytearray(path.read_bytes())
    places = {"wav": (40, 44), "flac": (22, 26), "aiff": (content.find(b"SSND") + 4, content.find(b"SSND") + 8)}
    start, end = places[suffix]
    content[start:end] = (500).to_bytes(4, "little" if suffix == "wav" else "big")
    path.write_bytes(content)
    assert len(load_clip(path, 16_000)) == len(noise)
    assert length_s(str(path)) == pytest.approx(1.0)
    np.testing.assert_array_equal(load_clip(path, 16_000, 0.5, 0.1), load_clip(path, 16_000)[8_000:9_600])


def test_damage_is_an_error_with_the_name_of_the_file(tmp_path, noise):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.tile(noise, 3), 16_000)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(500) + content[len(content) // 2 + 500 :])
    with pytest.raises(SourceError, match=r"a\.flac: Error : flac decoder lost sync"):
        load_clip(path, 16_000)


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".flac", ".wav"])
def test_several_files_joined_are_read_to_their_end(tmp_path, suffix):
    content = encoded(tmp_path / f"one{suffix}", 1, 16_000)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content + content)
    assert len(load_clip(path, 16_000)) == pytest.approx(32_000, abs=1_600)
    assert length_s(str(path)) == pytest.approx(2, abs=0.1)


def test_a_part_that_is_damaged_is_no_clip(tmp_path):
    path = tmp_path / "a.mp3"
    content = encoded(path, 4, 16_000)
    half = len(content) // 2
    path.write_bytes(content[:half] + bytes(1000) + content[half + 1000 :])
    assert len(load_clip(path, 16_000, 0.5, 1.0)) == 16_000
    with pytest.raises(SourceError, match=r"a\.mp3: damaged at [12]\.\d\d s"):
        load_clip(path, 16_000, 1.0, 2.0)
    assert length_s(str(path)) == pytest.approx(4, abs=0.1)


def test_what_a_triggered_recorder_left_out_counts_for_positions_alone(tmp_path):
    sound = np.arange(16_000).astype(np.int16)
    left_out_s = 1_000 * BLOCK / 16_000
    path = write_wav(tmp_path / "20240501_060000T.WAV", 16_000, sound, 1_000, sound)
    assert length_s(str(path)) == 2 + left_out_s
    assert len(load_clip(path, 16_000)) == 32_000
    after = load_clip(path, 16_000, begin_s=1 + left_out_s + 0.25, duration_s=0.5)
    np.testing.assert_allclose(2**15 * after, sound[4_000:12_000])
    assert len(load_clip(path, 16_000, begin_s=0.5, duration_s=2.0)) == 8_000
    assert len(load_clip(path, 16_000, begin_s=2.0, duration_s=2.0)) == 0


@pytest.mark.parametrize("suffix", ["wav", "flac"])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_samples_are_those_of_libsndfile_and_soxr(tmp_path, noise, suffix, channels):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.tile(noise, 3 * channels).reshape(-1, channels), 22_050)
    for begin_s, duration_s in ((0.0, None), (0.7, 0.5), (0.7, None)):
        start, count = round(begin_s * 22_050), -1 if duration_s is None else round(duration_s * 22_050)
        samples, _ = soundfile.read(path, count, start, dtype="float32", always_2d=True)
        expected = soxr.resample(samples.mean(axis=1), 22_050, 16_000)
        np.testing.assert_array_equal(load_clip(path, 16_000, begin_s, duration_s), expected)


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
