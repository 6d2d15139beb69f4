"""Standard input as a source; what goes through whole processes is in `tests/stream/cli/test_listen.py`."""

import io
import os
import struct
import sys
import threading

import numpy as np
import pytest
import soundfile

from triggered import BLOCK, COMMENT, write_wav
from whipbird.audio.gap import BELOW_TRIGGER, Gap
from whipbird.audio.ring import Ring
from whipbird.errors import SourceError
from whipbird.sources.pipe import FORMATS, StandardInput

RAW = {"s16le": ("<i2", 2**15), "s32le": ("<i4", 2**31), "f32le": ("<f4", 1)}  # how NumPy writes it, and full scale


@pytest.fixture
def piped(monkeypatch):
    """Put bytes into standard input."""

    def put(content):
        out, into = os.pipe()
        threading.Thread(target=lambda: (os.write(into, content), os.close(into))).start()
        monkeypatch.setattr(sys, "stdin", os.fdopen(out))

    return put


def heard(source):
    source.open()
    ring = Ring(100_000, source.channels)
    reader = ring.reader()
    source.run(ring, threading.Event(), print)
    return reader.read(100_000)


@pytest.mark.parametrize("name", RAW)
def test_raw_formats(piped, noise, name):
    kind, scale = RAW[name]
    sound = np.clip(noise[:2_000].reshape(-1, 2), -0.99, 0.99)
    piped((sound * scale).round(6 if scale == 1 else 0).astype(kind).tobytes())
    source = StandardInput(8_000, 2, name)
    np.testing.assert_allclose(heard(source), sound, atol=1 / min(scale, 10**6) + 1e-6)
    assert (source.rate_hz, source.channels) == (8_000, 2)
    assert source.clock.origin == "live"


def test_three_bytes_a_sample(piped):
    piped(b"\x00\x00\x40" * 100)
    np.testing.assert_array_equal(heard(StandardInput(8_000, 1, "S24_LE")), np.full((100, 1), 0.5, np.float32))


def test_every_format_is_tried_here():
    assert set(FORMATS) == {*RAW, "s24le"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_wav_is_not_taken_for_raw_samples(piped, name):
    piped(b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(1000))
    with pytest.raises(SourceError, match="WAV header"):
        heard(StandardInput(8_000, 1, name))


def test_an_unknown_format_is_refused_with_those_that_are_known(piped):
    piped(bytes(100))
    with pytest.raises(
        SourceError, match=r"unknown sample format 'FLOAT64_LE'; use one of s16le, s24le, s32le, f32le$"
    ):
        StandardInput(8_000, 1, "FLOAT64_LE").open()


def test_nothing_in_the_pipe(piped):
    piped(b"")
    with pytest.raises(SourceError, match="holds no sound"):
        heard(StandardInput(8_000))


def test_half_a_sample_at_the_end_is_left_out(piped):
    piped(b"\x00\x40" * 10 + b"\x00")
    assert len(heard(StandardInput(8_000))) == 10


def wav(size, sound, after=b"", channels=1):
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, channels, 8_000, 16_000 * channels, 2 * channels, 16)
    body = b"WAVE" + form + b"data" + struct.pack("<I", size) + sound + after
    return b"RIFF" + struct.pack("<I", 36) + body


@pytest.mark.parametrize("size", [0, 44, 1_001, 3_998, 4_000, 4_044, 0x7FFF_FFFF, 0xFFFF_FFFF])
def test_whatever_size_the_header_gives_all_sound_is_processed(piped, noise, size):
    sound = (noise[:2_000] * 30_000).astype("<i2")
    piped(wav(size, sound.tobytes()))
    np.testing.assert_array_equal(heard(StandardInput())[:, 0] * 2**15, sound)


def test_chunks_and_zeros_after_the_sound_are_no_sound(piped, noise):
    sound = (noise[:2_000] * 30_000).astype("<i2")
    for after in (b"LIST\x04\0\0\0INFO", b"own1\x04\0\0\0INFO", bytes(100_000)):
        piped(wav(4_000, sound.tobytes(), after))
        assert len(heard(StandardInput())) == 2_000


def test_zeros_within_sound_are_sound(piped):
    sound = b"\1\1" * 1_000 + bytes(100_000) + b"\1\1"
    piped(wav(2_000, sound))
    np.testing.assert_array_equal(heard(StandardInput())[:, 0] * 2**15, np.frombuffer(sound, "<i2"))


@pytest.mark.parametrize("first", [[], [400]])
def test_a_triggered_recording_of_an_audiomoth(piped, tmp_path, first):
    sound = np.random.default_rng(1).integers(-9_000, 9_000, 3_000, np.int16)
    path = write_wav(tmp_path / "1.wav", 8_000, *first, sound[:1_000], 20, 30, sound[1_000:], comment=COMMENT)
    piped(path.read_bytes()[:-1_000])
    source, ring = StandardInput(), Ring(100_000, 1)
    source.open()
    reader = ring.reader()
    with pytest.raises(SourceError, match=r"breaks off after .* 0.06 s before its end"):
        source.run(ring, threading.Event(), print)
    items = [reader.read(100_000) for _ in range(5 + len(first))]
    gaps = [(len(item), item.reason) for item in items if isinstance(item, Gap)]
    left_out = [(blocks * BLOCK, BELOW_TRIGGER) for blocks in (*first, 20, 30)]
    assert gaps == [*left_out, (500, "truncated")]
    np.testing.assert_array_equal(
        np.concatenate([item[:, 0] for item in items if not isinstance(item, Gap)]) * 2**15, sound[:-500]
    )


def test_sound_that_is_missing_is_reported(piped, noise):
    piped(wav(8_000, (noise[:2_000] * 30_000).astype("<i2").tobytes()))
    with pytest.raises(SourceError, match=r"breaks off after 0\.25 s, 0\.25 s before its end"):
        heard(StandardInput())


def test_other_formats_pass(piped, noise):
    content = io.BytesIO()
    soundfile.write(content, noise[:4_000], 8_000, format="OGG")
    piped(content.getvalue())
    assert len(heard(StandardInput())) == 4_000


def test_a_compressed_wav_without_a_size_is_refused(piped):
    """Libsndfile would give silence without end."""
    content = bytearray(wav(0xFFFF_FFFF, bytes(4_000)))
    content[20:22] = b"\x02\0"  # ADPCM
    piped(bytes(content))
    with pytest.raises(SourceError, match="gives no size must be PCM"):
        heard(StandardInput())


def test_whatever_the_header_raises_is_raised_by_open(piped, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("whipbird.sources.pipe.open_pipe", fail)
    piped(b"")
    with pytest.raises(ZeroDivisionError):
        StandardInput().open()
