import io
import shutil
import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.metadata.chunks import LARGEST_BYTES, MOST_PARTS, MOST_READ, Header, read_header, wav_chunks

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


def test_guano_and_comment_before_and_behind_the_sound(wav, info):
    assert header(wav((b"guan", GUANO), info("Hello"))) == Header(GUANO, "Hello")
    assert header(wav(before=[(b"guan", GUANO), info("Hello")])) == Header(GUANO, "Hello")


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
    (tmp_path / "sound.wav").write_bytes(wav((b"guan", GUANO), before=[info("Hello")]))
    subprocess.run(["flac", "-s", "--keep-foreign-metadata", "sound.wav"], cwd=tmp_path, check=True)
    assert header((tmp_path / "sound.flac").read_bytes()) == Header(GUANO, "Hello")


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
    assert len(list(wav_chunks(empty))) == MOST_PARTS
    assert empty.taken == 8 * MOST_PARTS
    lists = Counting(b"RIFF\0\0\0\0WAVE" + (b"LIST\xf0\xff\x0f\0" + bytes(0xFFFF0)) * (MOST_READ + 10))
    read_header(lists)
    assert lists.taken < MOST_READ * LARGEST_BYTES + 8 * MOST_PARTS
