"""Replaying recordings of every kind, whole and broken."""

import os
import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
import soundfile

from whipbird.audio.clock import Clock
from whipbird.audio.gap import Gap
from whipbird.audio.ring import Ring
from whipbird.errors import SourceError
from whipbird.recordings.files import find_recordings
from whipbird.sources.replay import Replay


def play(path, speed=None):
    """All samples and gaps of a recording, and the error with which it broke off."""
    replay = Replay(str(path), speed)
    replay.open()
    ring = Ring(round(0.5 * replay.rate_hz), replay.channels)
    reader = ring.reader(hold=True)
    failures = []

    def run():
        try:
            replay.run(ring, threading.Event(), failures.append)
        except SourceError as error:
            failures.append(str(error))
        ring.close()

    thread = threading.Thread(target=run)
    thread.start()
    items = []
    while not reader.finished:
        item = reader.read(1000)
        if item is None:
            reader.wait(0.1)
        else:
            items.append(item)
    thread.join()
    replay.close()
    gaps = [item for item in items if isinstance(item, Gap)]
    samples = [item for item in items if not isinstance(item, Gap)]
    return np.concatenate(samples) if samples else np.empty((0, replay.channels)), gaps, failures


def check_whole(path, frames, near=0):
    """Check that all of a recording is read, without notices."""
    samples, gaps, failures = play(path)
    assert len(samples) == pytest.approx(frames, abs=near)
    assert (gaps, failures) == ([], [])
    return samples


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (44_100, 2)])
def test_formats(tmp_path, noise, suffix, rate_hz, channels):
    path = tmp_path / f"sound.{suffix}"
    sound = np.stack([noise] * channels, axis=1)
    soundfile.write(path, sound, rate_hz)
    assert check_whole(path, len(sound)).shape == sound.shape


@pytest.mark.parametrize(("rate_hz", "channels"), [(384_000, 1), (16_000, 8)])
def test_high_rates_and_many_channels(tmp_path, noise, rate_hz, channels):
    path = tmp_path / "sound.wav"
    sound = np.stack([noise] * channels, axis=1)
    soundfile.write(path, sound, rate_hz, subtype="FLOAT")
    samples, _, _ = play(path)
    np.testing.assert_array_equal(samples, sound)


def test_any_speed_gives_the_same_samples(tmp_path, noise):
    path = tmp_path / "sound.wav"
    soundfile.write(path, noise[:4000], 16_000)
    slow, _, _ = play(path, speed=5.0)
    fast, _, _ = play(path)
    np.testing.assert_array_equal(slow, fast)


@pytest.mark.parametrize("suffix", ["wav", "rf64", "w64", "aiff", "au", "flac", "mp3"])
def test_a_truncated_recording_is_read_to_the_cut(tmp_path, noise, suffix):
    path = tmp_path / f"sound.{suffix}"
    soundfile.write(path, np.tile(noise, 4), 16_000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    samples, gaps, failures = play(path)
    assert 16_000 < len(samples) < 48_000
    assert [gap.reason for gap in gaps] == ["truncated"]
    assert len(samples) + len(gaps[0]) == 64_000
    assert len(failures) == 1
    assert "breaks off after" in failures[0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.wav", b"", "empty"),
        ("text.wav", b"this is not sound\n" * 50, "not a recording"),
        ("half-a-header.wav", b"RIFF\x00\x00", "not a recording"),
    ],
)
def test_files_that_are_not_recordings(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        Replay(str(path)).open()


def test_a_recording_without_sound(tmp_path):
    path = tmp_path / "nothing.wav"
    soundfile.write(path, np.empty(0), 16_000)
    assert play(path)[2] == [f"{path}: holds no sound"]


def test_files_folders_and_patterns(tmp_path):
    for name in ("b.wav", "a.FLAC", "deep/c.mp3", "notes.txt", "deep/d.ogg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    folder = str(tmp_path)
    assert list(find_recordings([folder])) == [f"{folder}/{n}" for n in ("a.FLAC", "b.wav", "deep/c.mp3", "deep/d.ogg")]
    assert list(find_recordings([f"{folder}/*.wav"])) == [f"{folder}/b.wav"]
    assert list(find_recordings(["nowhere.wav"])) == ["nowhere.wav"]
    (tmp_path / "odd [1].wav").touch()
    assert list(find_recordings([f"{folder}/odd [1].wav"])) == [f"{folder}/odd [1].wav"]
    (tmp_path / "folder.wav").mkdir()
    assert f"{folder}/folder.wav" not in list(find_recordings([folder]))
    once = list(find_recordings([f"{folder}/**", folder, f"{folder}/b.wav"]))
    assert len(once) == len(set(once))
    (tmp_path / "._b.wav").touch()  # macOS leaves these beside recordings
    (tmp_path / ".Trashes").mkdir()
    (tmp_path / ".Trashes" / "e.wav").touch()
    assert not {f"{folder}/._b.wav", f"{folder}/.Trashes/e.wav"} & set(find_recordings([folder]))


@pytest.mark.parametrize(("name", "message"), [("*.aiff", "matches no file"), ("bare", "no recordings in this folder")])
def test_a_path_that_matches_nothing_fails_when_opened(tmp_path, name, message):
    (tmp_path / "bare").mkdir()
    (path,) = find_recordings([str(tmp_path / name)])
    with pytest.raises(SourceError, match=message):
        Replay(path).open()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("name", ["-", "pipe"])
def test_pipes_are_not_recordings(tmp_path, monkeypatch, name):
    """Nothing waits for a program that writes to it."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(SourceError, match=f"^{name}: not a file; to process a pipe, use 'whipbird listen -'"):
        Replay(name).open()


def test_a_list_of_addresses_is_not_a_recording(tmp_path):
    (tmp_path / "radio.m3u").write_text("http://radio.example/live\n")
    with pytest.raises(SourceError, match=r"a list of addresses; give one of http://radio.example/live to 'whipbird"):
        Replay(str(tmp_path / "radio.m3u")).open()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes these recordings")
@pytest.mark.parametrize(
    "options",
    [
        ("vbr.mp3", "-q:a", "5", "-write_xing", "0"),
        ("cbr.mp3", "-b:a", "64k", "-write_xing", "0"),
        ("tagged.mp3", "-b:a", "64k", "-metadata", "title=whipbird"),
    ],
    ids=lambda options: options[0],
)
def test_mp3_of_unknown_length_is_read_to_its_end(tmp_path, demo, options):
    name, *settings = options
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", demo, *settings, tmp_path / name], check=True)
    check_whole(tmp_path / name, soundfile.info(demo).frames, near=3 * 1152)


@pytest.mark.skipif(shutil.which("sox") is None, reason="sox makes these recordings")
@pytest.mark.parametrize("coding", ["ima-adpcm", "ms-adpcm", "mu-law"])
def test_compressed_wav_is_not_called_truncated(tmp_path, demo, coding):
    path = tmp_path / "sound.wav"
    subprocess.run(["sox", demo, "-c", "2", "-e", coding, path], check=True)
    check_whole(path, soundfile.info(path).frames)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes this recording")
def test_flac_that_was_written_to_a_pipe(tmp_path, demo):
    path = tmp_path / "piped.flac"
    with path.open("wb") as file:
        subprocess.run(["ffmpeg", "-loglevel", "error", "-i", demo, "-f", "flac", "-"], check=True, stdout=file)
    check_whole(path, soundfile.info(demo).frames)


@pytest.mark.parametrize("length", [None, 50])
def test_a_damaged_flac_is_read_up_to_the_damage_at_every_speed(tmp_path, noise, length):
    """It is cut off, or some bytes in its middle are zero."""
    path = tmp_path / "sound.flac"
    sound = np.tile(noise, 3)
    soundfile.write(path, sound, 16_000)
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] + (b"" if length is None else bytes(length) + content[half + length :]))
    slow, _, _ = play(path, speed=10.0)
    fast, gaps, failures = play(path)
    np.testing.assert_array_equal(slow, fast)
    np.testing.assert_allclose(fast[:, 0], sound[: len(fast)], atol=2**-15)
    assert len(sound) / 2 - 4096 - 500 < len(fast) < len(sound) / 2 + 500  # to the frame of 4096 samples
    assert len(fast) + len(gaps[0]) == len(sound)
    assert "breaks off after" in failures[0]


@pytest.mark.parametrize(("promised", "lost"), [(3_000_000_000, 1_499_984_000), (2**32 - 1, 0), (2**31 - 1, 0)])
def test_lengths_in_wav_headers(tmp_path, noise, promised, lost):
    """A recording that was cut short has a loss; a placeholder for an unknown length is ignored."""
    path = tmp_path / "sound.wav"
    soundfile.write(path, noise, 16_000)
    content = bytearray(path.read_bytes())
    place = content.index(b"data") + 4
    content[place : place + 4] = promised.to_bytes(4, "little")
    path.write_bytes(content)
    samples, gaps, _ = play(path)
    assert len(samples) == 16_000
    assert sum(len(gap) for gap in gaps) == lost


@pytest.mark.skipif(shutil.which("sox") is None, reason="sox makes these recordings")
@pytest.mark.parametrize("suffix", ["wav", "aiff", "au"])
def test_a_recording_written_to_a_pipe_is_not_called_truncated(tmp_path, demo, suffix):
    path = tmp_path / f"piped.{suffix}"
    with path.open("wb") as file:  # in which sox cannot go back to write the length
        made = subprocess.Popen(["sox", demo, "-t", suffix, "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        shutil.copyfileobj(made.stdout, file)
        made.communicate()
    check_whole(path, soundfile.info(demo).frames)


FORMS = {  # by name: what FFmpeg is told
    "a.avi": ("-c:a", "pcm_s16le"),
    "mp3.avi": ("-c:a", "libmp3lame"),
    "a.caf": (),
    "a.flv": ("-c:a", "aac"),
    "a.mka": ("-c:a", "pcm_s16le"),
    "flac.mka": ("-c:a", "flac"),
    "a.tta": (),
    "a.webm": (),
    "a.wma": (),
    "mp3.wav": ("-c:a", "libmp3lame"),
    "offset.mka": ("-c:a", "flac", "-output_ts_offset", "100"),
}


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes these recordings")
@pytest.mark.parametrize("name", FORMS)
def test_a_shortfall_is_reported_in_every_format_with_a_length(tmp_path, demo, name):
    path = tmp_path / name
    subprocess.run(["ffmpeg", "-loglevel", "error", "-t", "5", "-i", demo, *FORMS[name], path], check=True)
    samples, gaps, failures = play(path)
    assert (gaps, failures) == ([], [])
    os.truncate(path, path.stat().st_size * 6 // 10)
    rest, gaps, failures = play(path)
    assert len(rest) + len(gaps[0]) == pytest.approx(len(samples), rel=0.05)
    assert "before its end" in failures[0]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes these films")
@pytest.mark.parametrize("suffix", ["avi", "flv", "mkv", "mp4", "wmv"])
def test_pictures_that_last_longer_than_the_sound_are_no_shortfall(tmp_path, demo, suffix):
    path = tmp_path / f"film.{suffix}"
    pictures = ["-f", "lavfi", "-i", "testsrc=size=32x32:rate=10:duration=5"]
    sound = ["-t", "3", "-i", demo, "-map", "0:v", "-map", "1:a", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-loglevel", "error", *pictures, *sound, path], check=True)
    assert play(path)[1:] == ([], [])


@pytest.mark.skipif(shutil.which("sox") is None, reason="sox makes these recordings")
@pytest.mark.parametrize("suffix", ["8svx", "avr", "sph", "voc"])
def test_a_shortfall_is_reported_in_old_formats(tmp_path, demo, suffix):
    path = tmp_path / f"a.{suffix}"
    subprocess.run(["sox", demo, "-b", "16", path], check=True)
    samples = play(path)[0]
    os.truncate(path, path.stat().st_size * 6 // 10)
    rest, gaps, failures = play(path)
    assert len(rest) + len(gaps[0]) == pytest.approx(len(samples), abs=16)
    assert "before its end" in failures[0]


@pytest.mark.parametrize("layout", [("-f", "matroska"), ("-f", "flv", "-c:a", "aac"), ("-f", "avi"), ("-f", "asf")])
def test_a_length_that_is_estimated_or_unknown_is_no_promise(tmp_path, demo, layout):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg makes these recordings")
    path = tmp_path / "piped.bin"
    with path.open("wb") as file:
        subprocess.run(["ffmpeg", "-loglevel", "error", "-i", demo, *layout, "-"], check=True, stdout=file)
    assert play(path)[1:] == ([], [])


@pytest.mark.parametrize(("form", "promise"), [("W64", 2**61), ("RF64", 2**60), ("FLAC", 2**36 - 1)])
def test_a_promise_that_no_file_of_this_size_starts_is_unknown(tmp_path, noise, form, promise):
    path = tmp_path / "SITE_20210719_210000"
    soundfile.write(path, noise, 16_000, "PCM_16", format=form)
    content = bytearray(path.read_bytes())
    if form == "FLAC":
        content[21:26] = (int.from_bytes(content[21:26]) | promise).to_bytes(5)
    else:
        place = content.index(b"data") + 16 if form == "W64" else content.index(b"ds64") + 16
        content[place : place + 8] = promise.to_bytes(8, "little")
    path.write_bytes(content)
    samples, gaps, _ = play(path)
    assert len(samples) == 16_000
    assert gaps == []


@pytest.mark.parametrize("name", ["sound.raw", "sound.wav"])
def test_a_name_does_not_decide_what_a_recording_is(tmp_path, noise, name):
    pytest.importorskip("av")
    soundfile.write(tmp_path / "sound.wav", noise, 16_000)
    (tmp_path / "sound.wav").rename(tmp_path / name)
    check_whole(tmp_path / name, 16_000)
    (tmp_path / name).write_bytes(b"no sound at all" * 100)
    with pytest.raises(SourceError, match=rf"{name}: not a recording that can be read"):
        Replay(str(tmp_path / name)).open()


def test_the_start_of_a_recording(tmp_path, noise):
    path = tmp_path / "SITE_20210719_210000.wav"
    soundfile.write(path, noise, 16_000)
    zone = timezone(timedelta(hours=10))
    replay = Replay(str(path), zone=zone)
    replay.open()
    replay.close()
    assert replay.clock == Clock(datetime(2021, 7, 19, 21, tzinfo=zone), "name")


def test_the_start_by_the_time_of_the_end(tmp_path, noise):
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.tile(noise, 60), 16_000)
    os.utime(path, (1_626_782_400, 1_626_782_400))  # 20 July 2021, noon
    replay = Replay(str(path), zone=UTC)
    replay.open()
    replay.close()
    assert replay.clock == Clock(datetime(2021, 7, 20, 11, 59, tzinfo=UTC), "modified")
