"""Headers that give a wrong size of the sound: all that is there is read, and nothing else."""

import os
import struct

import numpy as np
import pytest
import soundfile

from whipbird.recordings.metadata.chunks import read_header
from whipbird.recordings.reader import Recording

RATE_HZ = 16_000
FORMAT = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
GUANO = b"GUANO|Version: 1.0\n"


def chunk(name, content, size=None):
    content_size = len(content) if size is None else size
    return name + struct.pack("<I", content_size & 0xFFFFFFFF) + content


def wav(*chunks):
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture
def sound(noise):
    return (noise[:8_000] * 20_000).round().astype("<i2")


@pytest.mark.parametrize("size", [0, 44, 8_001, 15_990, 0x7FFF_FFFF, 0x7FFF_F000, 0xFFFF_FFFF])
@pytest.mark.parametrize("after", [b"", chunk(b"guan", GUANO), chunk(b"LIST", b"INFO") + chunk(b"own1", b"abcd")])
def test_a_wrong_size_in_a_wav(tmp_path, sound, whole, size, after):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(FORMAT, chunk(b"data", sound.tobytes(), size), after))
    np.testing.assert_array_equal(whole(path)[:, 0] * 2**15, sound)
    assert Recording(str(path)).can_seek
    with path.open("rb") as file:
        assert (read_header(file).guano == GUANO) == (b"guan" in after)


def test_a_wrong_size_behind_a_filler(tmp_path, sound, whole):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(chunk(b"FLLR", bytes(4000)), FORMAT, chunk(b"data", sound.tobytes(), 0)))
    assert len(whole(path)) == len(sound)


def test_zeros_of_a_file_made_beforehand_are_no_sound(tmp_path, sound, whole):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(FORMAT, chunk(b"data", sound.tobytes() + bytes(1 << 20), 44)))
    assert len(whole(path)) == pytest.approx(len(sound), abs=24)
    path.write_bytes(wav(FORMAT, chunk(b"data", sound.tobytes() + bytes(1 << 20), sound.nbytes)))
    assert len(whole(path)) == len(sound)


def test_more_than_32_bits_can_count(tmp_path, sound):
    path = tmp_path / "a.wav"
    size = 2**32 + 4_000
    for after in (b"", chunk(b"guan", GUANO)):
        with path.open("wb") as file:  # which takes up almost no room
            file.write(wav(FORMAT, chunk(b"data", b"", size)))
            file.seek(size - sound.nbytes, os.SEEK_CUR)
            file.write(sound.tobytes() + after)
        recording = Recording(str(path))
        assert recording.promised == size // 2
        assert not Recording(str(path)).is_cut()
        recording.seek(size // 2 - len(sound))
        np.testing.assert_array_equal(recording.read(10_000)[:, 0] * 2**15, sound)
        recording.close()
        with path.open("rb") as file:
            assert (read_header(file).guano == GUANO) == bool(after)


@pytest.mark.parametrize(
    ("form", "subtype", "name", "order"),
    [
        ("AIFF", "PCM_16", b"SSND", ">I"),
        ("AIFF", "PCM_24", b"SSND", ">I"),
        ("CAF", "PCM_16", b"data", ">q"),
        ("W64", "FLOAT", b"data\xf3\xac\xd3\x11", "<q"),
        ("RF64", "PCM_16", b"ds64", "<q"),
        ("WAV", "ULAW", b"data", "<I"),
        ("WAV", "MS_ADPCM", b"data", "<I"),
        ("AU", "PCM_16", b".snd", ">I"),
    ],
)
@pytest.mark.parametrize("share", [0, 0.5])
def test_a_wrong_size_in_other_formats(tmp_path, noise, whole, form, subtype, name, order, share):
    path = tmp_path / f"a.{form.lower()}"
    soundfile.write(path, noise, RATE_HZ, subtype, format=form)
    expected, _ = soundfile.read(path, dtype="float32")
    content = bytearray(path.read_bytes())
    place = content.index(name) + {b"ds64": 16, b".snd": 8, b"data\xf3\xac\xd3\x11": 16}.get(name, 4)
    (size,) = struct.unpack_from(order, content, place)
    struct.pack_into(order, content, place, int(size * share) // 8 * 8)
    path.write_bytes(content)
    np.testing.assert_array_equal(whole(path)[:, 0], expected)


@pytest.mark.parametrize("excess", [44, 36, 8])
def test_a_size_that_includes_the_header(tmp_path, sound, whole, excess):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(FORMAT, chunk(b"data", sound.tobytes(), sound.nbytes + excess)))
    assert len(whole(path)) == len(sound)


@pytest.mark.parametrize("form", ["AIFF", "CAF", "W64", "AU", "RF64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sizes_as_libsndfile_writes_them(tmp_path, noise, whole, form, channels):
    path = tmp_path / f"a.{form.lower()}"
    soundfile.write(path, np.stack([noise[:7_001]] * channels, axis=1), RATE_HZ, "PCM_24", format=form)
    assert len(whole(path)) == 7_001


def test_a_recording_that_is_cut_by_more_than_a_header(tmp_path, sound, read):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(FORMAT, chunk(b"data", sound.tobytes(), sound.nbytes + 200)))
    samples, promised, is_cut = read(path)
    assert (len(samples), promised, is_cut) == (len(sound), len(sound) + 100, True)


def test_an_odd_chunk_without_its_padding(tmp_path, sound, whole):
    for odd in (chunk(b"note", b"abc"), chunk(b"note", b"abc") + b"\0"):
        path = tmp_path / "a.wav"
        path.write_bytes(wav(odd, FORMAT, chunk(b"data", sound.tobytes()), odd, chunk(b"guan", GUANO)))
        with path.open("rb") as file:
            assert read_header(file).guano == GUANO


@pytest.mark.parametrize("padding", [b"", b"\0"])
def test_sound_of_odd_length(tmp_path, whole, padding):
    path = tmp_path / "a.wav"
    sound = np.random.default_rng(1).integers(0, 255, 999, np.uint8).tobytes()
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, RATE_HZ, 1, 8)
    path.write_bytes(wav(form, chunk(b"data", sound) + padding, chunk(b"guan", GUANO)))
    assert len(whole(path)) == 999
    with path.open("rb") as file:
        assert read_header(file).guano == GUANO


def test_tags_after_the_sound_are_no_sound(tmp_path, sound, whole):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(FORMAT, chunk(b"data", sound.tobytes())) + b"TAG".ljust(128, b"x"))
    assert len(whole(path)) == len(sound)
