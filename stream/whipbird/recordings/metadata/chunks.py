"""Read the headers of recordings: the parts of WAV and FLAC files in which recorders leave notes, without the sound.

WAV, RF64 and BW64 files are sequences of chunks: a name of four letters, a size of 32 bits, contents, and a padding
byte if the size is odd (Multimedia Programming Interface and Data Specifications 1.0, 1991; EBU Tech 3306 and ITU-R
BS.2088 for sizes of 64 bits, in the chunk ``ds64``). FLAC has metadata blocks (RFC 9639). Its own encoder keeps the
chunks of a WAV in APPLICATION blocks named ``riff``, each with one unchanged chunk (``flac --keep-foreign-metadata``);
other programs keep only a comment, among the Vorbis comments. A Vorbis comment that starts with ``GUANO|Version`` is
GUANO: whipbird writes its clips so. (Its first versions wrote ``riff`` blocks.)

However broken a file is, little of it is read: the heads of `MOST_PARTS` parts, and `LARGEST_BYTES` of each of the
`MOST_READ` relevant ones.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

__all__ = ["Header", "read_header"]

MOST_PARTS = 1_000
MOST_READ = 20
LARGEST_BYTES = 1 << 20
RELEVANT = frozenset({b"fmt ", b"guan", b"LIST", b"wamd", b"bext"})  # chunks
SIZE_ELSEWHERE = 0xFFFFFFFF  # RF64: in the chunk ds64

APPLICATION = 2  # types of FLAC blocks
VORBIS_COMMENT = 4
GUANO_START = "GUANO|Version"


@dataclass(frozen=True, slots=True)
class Part:
    """A chunk or a block: the position of its contents in the file, and their size as given there."""

    name: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        """Position of the next chunk."""
        return self.start + self.size + self.size % 2


@dataclass(frozen=True, slots=True)
class Header:
    """A recorder's notes.

    Attributes
    ----------
    guano, wamd, bext : bytes or None
        GUANO, WAMD and broadcast metadata, see the modules of these names in `whipbird.recordings.metadata`.
    comment : str
        Comment for people; some recorders write everything there.
    rate_hz : int
        Sample rate of a WAV; 0 if it is not given.
    """

    guano: bytes | None = None
    comment: str = ""
    wamd: bytes | None = None
    bext: bytes | None = None
    rate_hz: int = 0


def read_header(file: BinaryIO) -> Header:
    """The header of a WAV or FLAC file; an empty one for everything else."""
    file.seek(0)
    head = file.read(12)
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:] == b"WAVE":
        return _header((chunk.name, _read(file, chunk)) for chunk in _wav_chunks(file) if chunk.name in RELEVANT)
    return _header(_flac_parts(file)) if head[:4] == b"fLaC" else Header()


def _wav_chunks(file: BinaryIO) -> Iterator[Part]:
    """The chunks of a WAV file; the last may claim to be longer than the file."""
    length = file.seek(0, os.SEEK_END)
    position = 12
    data_bytes = SIZE_ELSEWHERE
    for _ in range(MOST_PARTS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return
        name, size = struct.unpack("<4sI", head)
        if name == b"ds64" and len(sizes := file.read(16)) == 16:
            data_bytes = struct.unpack("<QQ", sizes)[1]
        if name == b"data" and size == SIZE_ELSEWHERE:
            size = data_bytes
        chunk = Part(name, position + 8, size)
        yield chunk
        position = chunk.end
        if position > length:
            return


def _flac_blocks(file: BinaryIO) -> Iterator[tuple[int, Part]]:
    """The metadata blocks of a FLAC file with their types; only APPLICATION blocks have names."""
    position = 4
    for _ in range(MOST_PARTS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 4:
            return
        kind, size = head[0] & 0x7F, int.from_bytes(head[1:4], "big")
        yield kind, Part(head[4:] if kind == APPLICATION else b"", position + 4, size)
        position += 4 + size
        if head[0] & 0x80:
            return


def _flac_parts(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    for kind, block in _flac_blocks(file):
        if kind == VORBIS_COMMENT:
            yield b"vorbis", _read(file, block)
        elif block.name == b"riff":
            content = _read(file, block)[4:]  # after the name
            yield content[:4], content[8:]


def _read(file: BinaryIO, part: Part) -> bytes:
    file.seek(part.start)
    return file.read(min(part.size, LARGEST_BYTES))


def _header(parts: Iterable[tuple[bytes, bytes]]) -> Header:
    guano: bytes | None = None
    wamd: bytes | None = None
    bext: bytes | None = None
    comment, rate_hz = "", 0
    for name, content in islice(parts, MOST_READ):
        if name == b"guan":
            guano = guano or content
        elif name == b"wamd":
            wamd = wamd or content
        elif name == b"bext":
            bext = bext or content
        elif name == b"fmt ":
            rate_hz = rate_hz or int.from_bytes(content[4:8], "little")
        elif name == b"LIST" and content[:4] == b"INFO":
            comment = comment or _info_comment(content[4:])
        elif name == b"vorbis":
            for text in _vorbis_comments(content):
                if text.startswith(GUANO_START):
                    guano = guano or text.encode()
                else:
                    comment = comment or text
    return Header(guano, comment, wamd, bext, rate_hz)


def _info_comment(content: bytes) -> str:
    """The comment in a list of the type INFO, which has chunks within a chunk."""
    position = 0
    while len(head := content[position : position + 8]) == 8:
        name, size = struct.unpack("<4sI", head)
        position += 8
        if name == b"ICMT":
            return content[position : position + size].split(b"\0")[0].decode("utf-8", "replace").strip()
        position += size + size % 2
    return ""


def _vorbis_comments(content: bytes) -> Iterator[str]:
    """The comments for people among Vorbis comments; most programs name theirs DESCRIPTION, some COMMENT."""
    file = io.BytesIO(content)

    def field() -> bytes:
        return file.read(int.from_bytes(file.read(4), "little"))

    field()  # the program that wrote the file
    count = int.from_bytes(file.read(4), "little")
    for _ in range(min(count, len(content) // 4)):
        key, _, text = field().decode("utf-8", "replace").partition("=")
        if key.upper() in ("DESCRIPTION", "COMMENT"):
            yield text.strip()
