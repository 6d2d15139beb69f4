import io
import json
import shutil
import struct
import subprocess
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from whipbird.recordings.metadata.chunks import LARGEST_BYTES, MOST_PARTS, MOST_READ, Header, read_header
from whipbird.recordings.metadata.guano import Guano, from_bytes

GUANO = b"GUANO|Version: 1.0\nTimestamp: 2021-07-19T21:00:00Z"


class Counting(io.BytesIO):
    """A file that counts what is read of it."""

    taken = 0

    def read(self, size=-1):
        content = super().read(size)
        self.taken += len(content)
        return content


def header(content):
    return read_header(io.BytesIO(content))


def test_guano_and_comment_before_and_after_the_sound(wav, info):
    whole = Header(GUANO, "Hello", rate_hz=8_000)
    assert header(wav((b"guan", GUANO), info("Hello"))) == whole
    assert header(wav(before=[(b"guan", GUANO), info("Hello")])) == whole


def test_metadata_of_song_meters_and_broadcasting(wav):
    assert header(wav((b"wamd", b"one"), before=[(b"bext", b"two")])) == Header(wamd=b"one", bext=b"two", rate_hz=8_000)


def test_chunks_of_odd_size_are_padded(wav):
    assert header(wav((b"odd ", b"123"), (b"guan", GUANO), data=b"\0" * 15_999)).guano == GUANO


@pytest.mark.parametrize("form", [b"RF64", b"BW64"])
def test_sizes_of_64_bits(wav, form):
    content = bytearray(wav((b"guan", GUANO), before=[(b"ds64", struct.pack("<QQQI", 0, 16_000, 8_000, 0))], form=form))
    place = content.index(b"data") + 4
    content[place : place + 4] = b"\xff" * 4
    assert header(bytes(content)).guano == GUANO


def test_lists_of_another_kind(wav, info):
    assert header(wav((b"LIST", b"adtllabl"), info("Hello"))).comment == "Hello"


def test_what_is_neither_wav_nor_flac():
    assert header(b"") == header(b"OggS" * 10) == header(b"RIFF\0\0\0\0AVI ") == Header()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes this recording")
def test_the_comment_survives_ffmpeg(wav, info, tmp_path):
    (tmp_path / "sound.wav").write_bytes(wav(before=[info("Hello")]))
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", "sound.wav", "sound.flac"], cwd=tmp_path, check=True)
    assert header((tmp_path / "sound.flac").read_bytes()) == Header(None, "Hello")


@pytest.mark.skipif(shutil.which("flac") is None, reason="flac makes this recording")
def test_all_of_it_survives_flac(wav, info, tmp_path):
    chunks = [info("Hello"), (b"wamd", b"song"), (b"bext", b"broadcast!")]
    (tmp_path / "sound.wav").write_bytes(wav((b"guan", GUANO), before=chunks))
    subprocess.run(["flac", "-s", "--keep-foreign-metadata", "sound.wav"], cwd=tmp_path, check=True)
    whole = Header(GUANO, "Hello", b"song", b"broadcast!", 8_000)
    assert header((tmp_path / "sound.flac").read_bytes()) == whole


# A FLAC that whipbird 0.1.0 wrote: a clip with GUANO metadata in an APPLICATION block, as a chunk of a WAV.
EARLIER_CLIP = (
    b'fLaC\x00\x00\x00"\x10\x00\x10\x00\x00\x00\x11\x00\x00\x11\x03\xe8\x01p\x00\x00\x00\x10\x9c\x99l\xa6\xd5\xad9]'
    b"C\x92\xc8\xf7z\xe2\xdfU\x02\x00\x00\x10riffRIFF\xd4\x01\x00\x00WAVE\x02\x00\x004rifffmt (\x00\x00\x00\xfe\xff"
    b"\x01\x00\x80>\x00\x00\x80\xbb\x00\x00\x03\x00\x18\x00\x16\x00\x18\x00\x04\x00\x00\x00\x01\x00\x00\x00\x00\x00"
    b"\x10\x00\x80\x00\x00\xaa\x008\x9bq\x02\x00\x00\x0criffdata0\x00\x00\x00\x02\x00\x01lriffguan`\x01\x00\x00GUAN"
    b"O|Version: 1.0\nTimestamp: 2024-05-01T06:00:09.000+00:00\nLength: 0.001\nSamplerate: 16000\nSpecies Auto ID: "
    b"gr\xc3\xb6\xc3\x9fer\nwhipbird|Version: 0.1.0\nwhipbird|Station: Wald\nwhipbird|Source: microphone\nwhipbird|"
    b"Begin: 9.000000\nwhipbird|Time From: live\nwhipbird|Label: gr\xc3\xb6\xc3\x9fer\nwhipbird|Score: 0.9000\nwhip"
    b"bird|Model: commands\nwhipbird|Events: [[1.0, 1.5, 0.9]]\n\n\x84\x00\x00( \x00\x00\x00reference libFLAC 1.4.3"
    b" 20230623\x00\x00\x00\x00\xff\xf8e\x0c\x00\x0fs\x15\x00\x00@\x04\x00\xff\xfc\x90\x04"
)


def test_clips_of_earlier_versions():
    told = from_bytes(header(EARLIER_CLIP).guano)
    assert told.timestamp == datetime(2024, 5, 1, 6, 0, 9, tzinfo=UTC)
    assert told.fields["Species Auto ID"] == told.fields["whipbird|Label"] == "größer"
    assert told.fields["whipbird|Events"] == "[[1.0, 1.5, 0.9]]"
    assert len(soundfile.read(io.BytesIO(EARLIER_CLIP))[0]) == 16


def flac(**comments):
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 16_000, 1, format="FLAC") as sound:
        for name, text in comments.items():
            setattr(sound, name, text)
        sound.write(np.zeros(100))
    return file.getvalue()


def test_guano_as_a_vorbis_comment():
    notes = Guano({"Timestamp": "2021-07-19T21:00:00.000Z", "Note": "größer, 鳥"})
    assert from_bytes(header(flac(comment=notes.as_text(), title="Bat")).guano) == notes
    assert header(flac(comment="Hello")) == Header(None, "Hello")


def test_guano_beside_a_comment_for_people():
    fields = [b"DESCRIPTION=Hello", b"COMMENT=" + GUANO]
    for order in (fields, fields[::-1]):
        block = bytes(4) + struct.pack("<I", 2) + b"".join(struct.pack("<I", len(field)) + field for field in order)
        assert header(b"fLaC\x84" + len(block).to_bytes(3, "big") + block) == Header(GUANO, "Hello")


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe reads the comment")
def test_another_program_reads_the_comment(tmp_path):
    (tmp_path / "clip.flac").write_bytes(flac(comment=Guano({"Note": "größer"}).as_text()))
    command = ["ffprobe", "-loglevel", "error", "-show_entries", "format_tags=comment", "-of", "json", "clip.flac"]
    tags = json.loads(subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout)["format"]["tags"]
    assert tags == {"comment": "GUANO|Version: 1.0\nNote: größer\n"}


@given(st.integers(0, 20_000))
def test_a_file_that_was_cut_off(wav, info, length):
    whole = wav((b"guan", GUANO), before=[info("Hello")])
    cut = header(whole[:length])
    assert cut.guano is None or GUANO.startswith(cut.guano)
    assert "Hello".startswith(cut.comment)


@given(st.sampled_from([b"RIFF\0\0\0\0WAVE", b"RF64\xff\xff\xff\xffWAVEds64", b"fLaC"]), st.binary())
def test_any_bytes(head, content):
    read_header(io.BytesIO(head + content))


@given(st.sampled_from([b"guan", b"LIST", b"data", b"ds64", b"x\0\xff "]), st.integers(0, 2**32 - 1), st.binary())
def test_any_size(name, size, content):
    file = Counting(b"RF64" + b"\xff" * 4 + b"WAVE" + name + struct.pack("<I", size) + content)
    read_header(file)
    assert file.taken <= 2 * len(file.getvalue()) + 64


@given(st.binary(max_size=60), st.lists(st.binary(max_size=60), max_size=20))
def test_any_flac_blocks(comments, blocks):
    content = b"fLaC" + b"".join(
        bytes([kind]) + len(block).to_bytes(3, "big") + block
        for kind, block in [(4, comments), *((2, b"riff" + block) for block in blocks)]
    )
    read_header(io.BytesIO(content))


def test_little_is_read_of_a_large_file(wav):
    large = Counting(wav((b"guan", GUANO), data=bytes(10_000_000)))
    assert read_header(large).guano == GUANO
    assert large.taken < 500


def test_little_is_read_of_a_broken_file():
    empty = Counting(b"RIFF\0\0\0\0WAVE" + b"noth\0\0\0\0" * 100_000)
    assert read_header(empty) == Header()
    assert empty.taken == 8 * MOST_PARTS + 12
    lists = Counting(b"RIFF\0\0\0\0WAVE" + (b"LIST\xf0\xff\x0f\0" + bytes(0xFFFF0)) * (MOST_READ + 10))
    read_header(lists)
    assert lists.taken < MOST_READ * LARGEST_BYTES + 8 * MOST_PARTS
