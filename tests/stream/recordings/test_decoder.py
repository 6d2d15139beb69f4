"""Recordings decoded by FFmpeg: every sample, at its level, also if they are damaged or change their format."""

import struct
import sys
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import soundfile

from ogg_pages import joined, pages
from whipbird.errors import SourceError
from whipbird.recordings.decoder import Chunks, Decoder, Patience
from whipbird.recordings.reader import Recording
from whipbird.sources.replay import Replay

av = pytest.importorskip("av", reason="PyAV decodes what these tests are about")

RATE_HZ = 16_000


def encode(path, sound, codec, rate_hz=RATE_HZ, layout="mono", form=None):
    """Write float32 sound, shape (n, channels), with PyAV."""
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        stream.codec_context.bit_rate = 64_000
        wanted = stream.codec_context.format
        resampler = av.AudioResampler(wanted, layout, rate_hz, frame_size=stream.codec_context.frame_size or 1024)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32).reshape(1, -1), "flt", layout)
        frame.sample_rate = rate_hz
        frame.pts, frame.time_base = 0, Fraction(1, rate_hz)
        for piece in (*resampler.resample(frame), *resampler.resample(None), None):
            container.mux(stream.encode(piece))


def read(path):
    recording = Recording(str(path))
    pieces = []
    while len(piece := recording.read(1000)):
        pieces.append(piece)
    recording.close()
    return recording, np.concatenate(pieces)


@pytest.fixture
def tone():
    """A second and a bit of a tone, as no frame divides it."""
    return (0.5 * np.sin(2 * np.pi * 440 / RATE_HZ * np.arange(RATE_HZ + 77))).astype(np.float32)[:, None]


@pytest.mark.parametrize(
    ("name", "codec", "exact"),
    [
        ("a.m4a", "aac", True),
        ("a.mp4", "aac", True),
        ("a.mka", "flac", True),
        ("a.mov", "pcm_s16le", True),
        ("a.webm", "libopus", False),  # at 48 kHz
        ("a.wma", "wmav2", False),
        ("a.aac", "aac", False),  # cannot say how much of its frames is padding
    ],
)
def test_what_libsndfile_cannot_read(tmp_path, tone, name, codec, exact):
    path = tmp_path / name
    encode(path, tone, codec, 48_000 if codec == "libopus" else RATE_HZ)
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.read(path)
    recording, samples = read(path)
    assert samples.dtype == np.float32
    assert samples.shape[1] == recording.channels == 1
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.06)
    if exact:
        assert len(samples) == pytest.approx(len(tone), abs=RATE_HZ // 1000 if codec == "aac" else 0)  # ms in MP4
        start = samples[4000:8000, 0]
        np.testing.assert_allclose(start, tone[4000:8000, 0], atol=0.05)  # nothing was put before it
    else:
        assert len(samples) == pytest.approx(len(tone), abs=3 * 2048)


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"])
@pytest.mark.parametrize("layout", ["mono", "stereo", "7.1"])
def test_levels_and_channels(tmp_path, noise, codec, layout):
    channels = {"mono": 1, "stereo": 2, "7.1": 8}[layout]
    sound = noise[: len(noise) // channels * channels].reshape(-1, channels).clip(-0.9, 0.9)
    path = tmp_path / "a.mka"
    encode(path, sound, codec, layout=layout)
    _, samples = read(path)
    np.testing.assert_allclose(samples, sound, atol=2 / 256 if codec == "pcm_u8" else 2 / 2**15)


def test_many_planes(tmp_path, tone):
    path = tmp_path / "a.m4a"
    encode(path, np.repeat(tone, 8, axis=1), "aac", layout="7.1")
    _, samples = read(path)
    assert samples.shape[1] == 8
    assert len(samples) == pytest.approx(len(tone), abs=16)
    assert np.abs(samples[4000:12000]).max() > 0.4


def test_replay_of_it(tmp_path, tone):
    path = tmp_path / "SITE_20210719_210000.m4a"
    encode(path, tone, "aac")
    replay = Replay(str(path))
    replay.open()
    replay.close()
    assert (replay.rate_hz, replay.channels) == (RATE_HZ, 1)
    assert replay.duration_s == pytest.approx(len(tone) / RATE_HZ, abs=1e-3)
    assert replay.clock.origin == "name"


def test_without_the_extra(tmp_path, tone, monkeypatch):
    path = tmp_path / "a.m4a"
    encode(path, tone, "aac")
    monkeypatch.setitem(sys.modules, "av", None)  # as if it were not installed
    with pytest.raises(SourceError, match=r"a\.m4a: not a recording .* needs more packages \(missing: av\)"):
        Recording(str(path))


def test_what_neither_can_read(tmp_path, capfd):
    path = tmp_path / "a.m4a"
    path.write_bytes(b"this is not sound\n" * 50)
    with pytest.raises(SourceError, match=r"a\.m4a: not a recording that can be read \(.*; FFmpeg: invalid data"):
        Recording(str(path))
    assert capfd.readouterr() == ("", "")  # FFmpeg keeps quiet


def test_a_file_that_names_a_network_address_is_not_followed(tmp_path):
    path = tmp_path / "a.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(SourceError, match="not a recording"):
        Recording(str(path))


def test_a_film_without_sound(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        container.mux(stream.encode(None))
    with pytest.raises(SourceError, match="holds no sound"):
        Recording(str(path))


def test_samples_missing_by_the_timestamps_are_nan(tmp_path, noise):
    """The ring turns them into gaps; later samples keep their positions."""
    whole, path = tmp_path / "whole.mka", tmp_path / "a.mka"
    sound = np.tile(noise, 3)[:, None]
    encode(whole, sound, "pcm_s16le")
    with av.open(str(whole)) as source, av.open(str(path), "w") as container:
        stream = container.add_stream_from_template(source.streams.audio[0])
        for number, packet in enumerate(source.demux(source.streams.audio[0])):
            if number not in (20, 21, 30) and packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    _, samples = read(path)
    missing = np.isnan(samples).any(axis=1)
    assert missing.sum() == pytest.approx(3 * 1024, abs=32)  # times are in milliseconds
    assert len(samples) == pytest.approx(len(sound), abs=32)
    np.testing.assert_allclose(samples[: 20 * 1024], sound[: 20 * 1024], atol=2 / 2**15)


def test_a_long_gap_takes_no_memory(tmp_path, tone):
    """Ten minutes of eight channels would be 300 MB."""
    path = tmp_path / "a.mka"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE_HZ, layout="7.1")
        for start_s in (0, 590):
            frame = av.AudioFrame.from_ndarray(np.full((1, 8 * 1024), 1000, np.int16), "s16", "7.1")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start_s * RATE_HZ, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    recording = Recording(str(path))
    missing = 0
    tracemalloc.start()
    try:
        while len(piece := recording.read(1000)):
            missing += np.isnan(piece[:, 0]).sum()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        recording.close()
    assert missing == pytest.approx(590 * RATE_HZ, abs=2000)
    assert most < 10e6


def test_cutting_a_long_block_copies_nothing():
    block = np.zeros((100_000, 1), np.float32)
    chunks = Chunks(iter([block, None]).__next__, 1)
    first = chunks.read(100)
    assert all(np.shares_memory(chunks.read(100), first.base) for _ in range(10))


def test_integers_of_64_bits(tmp_path, tone):
    path = tmp_path / "a.wav"
    samples = np.round(tone[:, 0].astype(np.float64) * 2**62).astype("<i8")
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + 8 * len(samples), b"WAVE", b"fmt ", 16, 1, 1, RATE_HZ,
                         8 * RATE_HZ, 8, 64, b"data", 8 * len(samples))  # fmt: skip
    path.write_bytes(header + samples.tobytes())
    np.testing.assert_allclose(read(path)[1], tone / 2, atol=1e-6)


def test_whatever_the_library_raises_is_an_error_of_the_recording(tmp_path, tone):
    """A stream that starts in the midst of a file: PyAV raises IndexError."""
    path = tmp_path / "a.oga"
    encode(path, tone, "flac", form="ogg")
    whole = path.read_bytes()
    other = pages(whole)
    other[0][14:18] = b"\7\7\7\7"
    path.write_bytes(whole + joined(other))
    decoder = Decoder(str(path))
    held = []
    with pytest.raises(SourceError, match="cannot be decoded"):
        held.extend(len(block.samples) for block in decoder.blocks())
    decoder.close()
    assert sum(held) >= len(tone)


def test_tags_need_not_be_utf8(tmp_path, tone):
    path = tmp_path / "a.mka"
    encode(path, tone, "pcm_s16le")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Lavf", b"L\xe4vf"))
    assert len(read(path)[1]) == len(tone)


def test_reading_continues_after_damage(tmp_path, noise):
    path = tmp_path / "a.m4a"
    encode(path, np.tile(noise, 3)[:, None], "aac")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 1000] = bytes(1000)
    path.write_bytes(content)
    _, samples = read(path)
    assert len(samples) == pytest.approx(3 * len(noise), abs=16)


@pytest.mark.parametrize(
    ("suffix", "parts"), [("mp3", ((16_000, 1), (32_000, 2), (16_000, 1))), ("ogg", ((16_000, 1),) * 3)]
)
def test_sound_joined_end_to_end(tmp_path, suffix, parts):
    """As sent by internet radio. The parts of an MP3 may differ."""
    path = tmp_path / f"a.{suffix}"
    joined = b""
    for rate_hz, channels in parts:
        sound = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * rate_hz) / rate_hz)
        soundfile.write(path, np.stack([sound] * channels, axis=1), rate_hz)
        joined += path.read_bytes()
    path.write_bytes(joined)
    decoder = Decoder(str(path))
    samples = np.concatenate([block.samples for block in decoder.blocks()])
    decoder.close()
    assert (decoder.rate_hz, samples.shape[1]) == (16_000, 1)
    assert len(samples) == pytest.approx(6 * 16_000, abs=4000)
    for second in (1, 3, 5):
        spectrum = np.abs(np.fft.rfft(samples[second * 16_000 - 4000 : second * 16_000 + 4000, 0]))
        assert spectrum.argmax() * 2 == pytest.approx(440, abs=2)
    assert np.abs(samples).max() < 0.7


def test_wanted_rate_and_channels(tmp_path, tone):
    path = tmp_path / "a.mka"
    encode(path, np.repeat(tone, 2, axis=1), "pcm_f32le", layout="stereo")
    decoder = Decoder(str(path), 8_000, 1)
    samples = np.concatenate([block.samples for block in decoder.blocks()])
    decoder.close()
    assert len(samples) == pytest.approx(len(tone) / 2, abs=1)
    np.testing.assert_allclose(samples[1000:7000, 0], tone[2000:14000:2, 0], atol=1e-3)


def test_blocks_are_cut_to_wanted_lengths():
    blocks = [np.arange(start, end, dtype=np.float32)[:, None] for start, end in ((0, 7), (7, 8), (8, 20))]
    rest = iter(blocks)

    def pull():
        block = next(rest, None)
        if block is None:
            raise SourceError("breaks off")
        return block

    chunks = Chunks(pull, 1)
    assert [len(chunks.read(6)) for _ in range(4)] == [6, 6, 6, 2]
    with pytest.raises(SourceError, match="breaks off"):
        chunks.read(6)


def test_no_index_is_kept_of_a_feed(tmp_path, noise):
    path = tmp_path / "long.ogg"
    soundfile.write(path, np.tile(noise, 60), 16_000)
    patience = Patience(open_s=5.0, read_s=5.0, analyse_s=1.0)
    kept = []
    for decoder in (Decoder(str(path)), Decoder(str(path), patience=patience)):
        count = sum(1 for _ in decoder.blocks())
        kept.append(len(decoder._stream.index_entries) / count)
        decoder.close()
    assert kept[0] > 0.9  # in a recording, FFmpeg keeps one of each packet
    assert kept[1] < 0.1
