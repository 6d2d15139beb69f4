"""Recordings that are damaged inside, or joined end to end."""

import subprocess

import numpy as np
import pytest
import soundfile

from lossy import encoded, noisy_tone
from whipbird.audio.gap import TRUNCATED, Gap
from whipbird.errors import PartlyReadError
from whipbird.recordings.corrected.plan import DAMAGED
from whipbird.recordings.reader import Recording

S = 10
NOISE = np.random.default_rng(0).bytes(1 << 14)
ID3 = b"ID3\x03\0\0\0\0\x0f\x50" + bytes(2000)
KINDS = {
    "constant": (44_100, 2, ("-b:a", "128k")),
    "variable": (44_100, 1, ("-q:a", "4")),
    "16 kHz": (16_000, 1, ("-q:a", "5")),
    "no tag": (44_100, 2, ("-b:a", "128k", "-write_xing", "0")),
    "layer II": (44_100, 2, ("-c:a", "mp2")),
}


def read(path):
    """Samples, gaps and the error at the end of a recording; gaps are silence in the samples."""
    recording, pieces, gaps, problem = Recording(str(path)), [], [], ""
    try:
        while len(item := recording.read(10_000)):
            if isinstance(item, Gap):
                assert item.begin == sum(map(len, pieces))
                gaps.append(item)
                item = np.zeros((len(item), recording.channels), np.float32)
            pieces.append(item)
    except PartlyReadError as error:
        problem = str(error)
    recording.close()
    return np.concatenate(pieces), gaps, problem, recording.rate_hz


@pytest.fixture(params=KINDS)
def mp3(tmp_path, request):
    """An MP3 of ten seconds, and its kind."""
    rate_hz, channels, options = KINDS[request.param]
    suffix = ".mp2" if request.param == "layer II" else ".mp3"
    path = tmp_path / f"whole{suffix}"
    content = encoded(path, S, rate_hz, channels, (*options, "-id3v2_version", "0"))
    whole, gaps, problem, _ = read(path)
    assert (gaps, problem) == ([], "")
    return content, request.param, whole, tmp_path / f"a{suffix}"


def changed(content, start, count, into):
    return content[:start] + into + content[start + count :]


@pytest.mark.parametrize("into", [bytes(5000), NOISE[:5000]], ids=["zeros", "noise"])
def test_an_mp3_that_is_damaged_inside(mp3, capfd, into):
    content, _, whole, path = mp3
    path.write_bytes(changed(content, len(content) // 2 + 37, 5000, into))
    samples, [gap], problem, rate_hz = read(path)
    assert len(samples) == pytest.approx(len(whole), abs=0.1 * rate_hz)
    assert gap.reason == DAMAGED
    assert gap.begin / rate_hz == pytest.approx(S / 2, abs=0.2)
    assert len(gap) == pytest.approx(5000 / len(content) * len(whole), abs=0.25 * rate_hz)
    assert problem.startswith("damaged: ")
    assert f"{len(gap) / rate_hz:.2f} s cannot be decoded" in problem
    before = gap.begin - 2_000  # what comes before is as if nothing had happened, and what comes after is in its place
    np.testing.assert_allclose(samples[:before], whole[:before], atol=1e-4)
    assert np.abs(samples).max() < 1.2 * np.abs(whole).max()
    if len(samples) == len(whole):
        np.testing.assert_allclose(samples[gap.end + 4_000 :], whole[gap.end + 4_000 :], atol=1e-4)
    assert capfd.readouterr().err == ""


def test_two_damages(mp3):
    content, _, whole, path = mp3
    path.write_bytes(
        changed(changed(content, len(content) // 4, 3000, NOISE[:3000]), len(content) // 2, 7000, bytes(7000))
    )
    samples, gaps, _, rate_hz = read(path)
    assert len(gaps) == 2
    assert len(samples) == pytest.approx(len(whole), abs=0.1 * rate_hz)


@pytest.mark.parametrize("junk", [NOISE[:3333], ID3], ids=["junk", "tag"])
def test_something_in_the_middle_of_an_mp3(mp3, junk):
    content, kind, whole, path = mp3
    path.write_bytes(changed(content, len(content) // 2, 0, junk))
    samples, gaps, _, rate_hz = read(path)
    assert len(samples) == pytest.approx(len(whole), abs=0.1 * rate_hz)
    assert sum(map(len, gaps)) < 0.15 * rate_hz or (kind == "layer II" and junk != ID3)


def test_frames_that_were_cut_out(mp3):
    content, kind, whole, path = mp3
    path.write_bytes(changed(content, len(content) // 2, len(content) // 20, b""))
    samples, [gap], problem, rate_hz = read(path)
    if kind in ("no tag", "layer II"):
        assert "nothing in the file says how much is missing" in problem
    else:
        assert len(samples) == pytest.approx(len(whole), abs=0.1 * rate_hz)
        assert len(gap) / len(whole) == pytest.approx(1 / 20, abs=0.03)


def test_tags_between_joined_mp3s(mp3):
    content, _, whole, path = mp3
    path.write_bytes(content + ID3 + content + ID3 + content)
    samples, gaps, problem, rate_hz = read(path)
    assert (gaps, problem) == ([], "")
    assert len(samples) == pytest.approx(3 * len(whole), abs=0.1 * rate_hz)


FORMATS = {
    ".wav": (),
    ".flac": (),
    ".ogg": ("-c:a", "libvorbis"),
    ".opus": ("-c:a", "libopus"),
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_recordings_joined_end_to_end(tmp_path, suffix):
    first = encoded(tmp_path / f"a{suffix}", 2, 16_000, 1, FORMATS[suffix])
    second = encoded(tmp_path / f"b{suffix}", 3, 16_000, 1, FORMATS[suffix])
    path = tmp_path / f"joined{suffix}"
    parts = [read(tmp_path / f"{name}{suffix}")[0] for name in "ab"]
    for order in ((0, 1), (0, 0), (0, 1, 0)):
        path.write_bytes(b"".join((first, second)[number] for number in order))
        samples, gaps, problem, _ = read(path)
        assert (gaps, problem) == ([], "")
        np.testing.assert_array_equal(samples, np.concatenate([parts[number] for number in order]))
        recording = Recording(str(path))
        assert recording.promised == len(samples)
        assert not recording.can_seek
        assert not recording.is_cut()
        recording.close()


@pytest.mark.parametrize("suffix", [*FORMATS, ".mp3"])
def test_what_follows_in_another_format_is_reported(tmp_path, suffix):
    options = FORMATS.get(suffix, ())
    first = encoded(tmp_path / f"a{suffix}", 2, 16_000, 1, options)
    second = encoded(tmp_path / f"b{suffix}", 2, 24_000, 2, options)
    path = tmp_path / f"joined{suffix}"
    path.write_bytes(first + second)
    samples, _, problem, rate_hz = read(path)
    assert len(samples) / rate_hz == pytest.approx(2, abs=0.1)
    assert problem.startswith(f"another recording follows after {len(samples) / rate_hz:.2f} s, at 24000 Hz ")
    assert "2 channels, which is not processed" in problem


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_the_first_of_joined_recordings_is_cut(tmp_path, suffix):
    first = encoded(tmp_path / f"a{suffix}", 2, 16_000)
    second = encoded(tmp_path / f"b{suffix}", 3, 16_000)
    path = tmp_path / f"joined{suffix}"
    path.write_bytes(first[: len(first) // 2] + second)
    samples, [gap], problem, _ = read(path)
    assert len(samples) == 5 * 16_000
    assert (gap.end, gap.reason) == (2 * 16_000, TRUNCATED)
    assert problem.startswith("the part from 0.00 s breaks off after ")


def test_wavs_from_pipes_are_joined(tmp_path):
    """Their headers give no size."""
    encoded(tmp_path / "a.wav", 2, 16_000)
    command = ["ffmpeg", "-loglevel", "error", "-i", tmp_path / "a.wav", "-f", "wav", "-"]
    piped = subprocess.run(command, check=True, capture_output=True).stdout
    path = tmp_path / "joined.wav"
    path.write_bytes(piped + piped)
    samples, gaps, problem, _ = read(path)
    assert (len(samples), gaps, problem) == (4 * 16_000, [], "")


def test_long_flacs_are_searched_only_if_their_numbers_do_not_rise(tmp_path, monkeypatch):
    monkeypatch.setattr("whipbird.recordings.corrected.joined.SHORT_BYTES", 0)
    path = tmp_path / "a.flac"
    soundfile.write(path, noisy_tone(30, 16_000), 16_000)
    content = path.read_bytes()
    for count in (1, 2, 3):
        path.write_bytes(count * content)
        assert len(read(path)[0]) == count * 30 * 16_000
