"""MP3 whose first frame does not come first, whose length is unknown, or whose length is wrong."""

import re
import struct
import subprocess

import numpy as np
import pytest
import soundfile

from whipbird.recordings.corrected.mp3_header import frame_of  # the length of a frame, to take one out

TAG_FRAME = re.compile(rb"\xff[\xe2-\xff](?=..[\0]{0,40}(Xing|Info))", re.DOTALL)


@pytest.fixture(params=[(16_000, 1), (44_100, 2)], ids=["16 kHz", "44.1 kHz"])
def mp3(tmp_path, noise, request):
    """An MP3 of eight seconds, of which the first two are quiet: by their frames, it would seem longer or shorter."""
    rate_hz, channels = request.param
    sound = np.resize(noise, 8 * rate_hz) * np.repeat([0.0, 1.0], [2 * rate_hz, 6 * rate_hz])
    path = tmp_path / "whole.mp3"
    soundfile.write(
        path,
        np.stack([sound] * channels, axis=1),
        rate_hz,
        bitrate_mode="VARIABLE",
        compression_level=0.5,
    )
    return path.read_bytes(), 8 * rate_hz, 2 * 1152 + 529


def without_tag(content):
    """An MP3 of which nothing tells the length."""
    found = TAG_FRAME.search(content)
    assert found is not None
    return content[found.start() + frame_of(content[found.start() + 1], content[found.start() + 2]).bytes :]


def id3(count):
    size = bytes([count >> 21 & 127, count >> 14 & 127, count >> 7 & 127, count & 127])
    return b"ID3\x03\0\0" + size + b"TXXX" + struct.pack(">I", count - 10) + b"\0\0" + b"x" * (count - 10)


@pytest.mark.parametrize(
    "before",
    [b"", id3(100), id3(3000) + id3(20_000), id3(3000) + bytes(2048), bytes(5000), b"\xff\xfb" * 300, id3(60)[:-30]],
    ids=["nothing", "tag", "tags", "tag and padding", "zeros", "no frames", "tag that is cut"],
)
def test_what_comes_before_the_first_frame(tmp_path, mp3, whole, capfd, before):
    content, length, near = mp3
    path = tmp_path / "a.mp3"
    for sound in (content, without_tag(content)):
        path.write_bytes(before + sound)
        samples = whole(path)
        assert len(samples) == pytest.approx(length, abs=near)
        assert np.abs(samples[: len(samples) // 5]).max() < 0.01 < np.abs(samples[-len(samples) // 5 :]).max()
    assert capfd.readouterr().err == ""


def test_a_file_that_starts_in_a_frame(tmp_path, mp3, whole):
    content, length, near = mp3
    path = tmp_path / "a.mp3"
    path.write_bytes(without_tag(content)[77:])
    assert len(whole(path)) == pytest.approx(length, abs=2 * near)


@pytest.mark.parametrize("share", [0.1, 0.5, 3])
def test_a_damaged_number_of_frames(tmp_path, mp3, whole, share):
    content, length, near = mp3
    place = re.search(b"Xing|Info", content).start() + 8
    (frames,) = struct.unpack_from(">I", content, place)
    path = tmp_path / "a.mp3"
    path.write_bytes(content[:place] + struct.pack(">I", round(share * frames)) + content[place + 4 :])
    assert len(whole(path)) == pytest.approx(length, abs=near)


@pytest.mark.parametrize("number", [0, 1, 0xFFFF_FFFF])
def test_a_damaged_number_of_bytes(tmp_path, mp3, whole, number):
    content, length, near = mp3
    place = re.search(b"Xing|Info", content).start() + 12
    path = tmp_path / "a.mp3"
    path.write_bytes(content[:place] + struct.pack(">I", number) + content[place + 4 :])
    assert len(whole(path)) == pytest.approx(length, abs=near)


def test_an_mp3_that_is_cut(tmp_path, mp3, read):
    content, length, near = mp3
    path = tmp_path / "a.mp3"
    path.write_bytes(content[: len(content) * 2 // 3])
    samples, promised, is_cut = read(path)
    assert promised == pytest.approx(length, abs=near)
    assert len(samples) < length * 0.9
    assert is_cut


def test_mp3s_joined_end_to_end(tmp_path, mp3, whole):
    """The tag of the first counts the first alone."""
    content, length, near = mp3
    path = tmp_path / "a.mp3"
    path.write_bytes(content + content)
    assert len(whole(path)) == pytest.approx(2 * length, abs=4 * near)


@pytest.mark.parametrize("options", [(), ("-write_xing", "0")])
def test_mp3_in_wav(tmp_path, demo, read, options):
    path = tmp_path / "a.wav"
    command = ["ffmpeg", "-loglevel", "error", "-i", demo, "-ar", "44100", "-c:a", "libmp3lame", "-q:a", "4"]
    try:
        subprocess.run([*command, *options, "-f", "wav", path], check=True)
    except FileNotFoundError:
        pytest.skip("ffmpeg makes this recording")
    samples, promised, is_cut = read(path)
    assert len(samples) / 44_100 == pytest.approx(17.3, abs=0.1)
    assert promised / 44_100 == pytest.approx(17.3, abs=0.1)
    assert not is_cut
