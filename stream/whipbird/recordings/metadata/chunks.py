"""Read the headers of recordings: the parts of WAV and FLAC files in which recorders leave notes, without the sound.

WAV, RF64 and BW64 files are sequences of chunks (see `whipbird.recordings.corrected.chunked`). FLAC has metadata blocks
(RFC 9639). Its own encoder keeps the chunks of a WAV in APPLICATION blocks named ``riff``, each with one chunk
(``flac --keep-foreign-metadata``); other programs keep only a comment, among the Vorbis comments. A Vorbis comment that
starts with ``GUANO|Version`` is GUANO: whipbird writes its clips so. (Its first versions wrote ``riff`` blocks.)

However broken a file is, little of it is read: the heads of `MOST_PARTS` parts, and `LARGEST_BYTES` of each of the
`MOST_READ` relevant ones.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from whipbird.recordings.corrected.chunked import MOST_CHUNKS, RIFF, chunks, family_of

__all__ = ["Header", "read_header"]

MOST_PARTS = MOST_CHUNKS
MOST_READ = 20
LARGEST_BYTES = 1 << 20
RELEVANT = frozenset({b"fmt ", b"guan", b"LIST", b"wamd", b"bext"})  # chunks

APPLICATION = 2  # types of FLAC blocks
VORBIS_COMMENT = 4
GUANO_START = "GUANO|Version"


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
    if family_of(head) is RIFF:
        return _header(
            (chunk.name, _read(file, chunk.start, chunk.size)) for chunk in chunks(file, RIFF) if chunk.name in RELEVANT
        )
    return _header(_flac_parts(file)) if head[:4] == b"fLaC" else Header()


def _flac_parts(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The relevant metadata blocks of a FLAC file, named like chunks."""
    position = 4
    for _ in range(MOST_PARTS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 4:
            return
        kind, start, size = head[0] & 0x7F, position + 4, int.from_bytes(head[1:4], "big")
        if kind == VORBIS_COMMENT:
            yield b"vorbis", _read(file, start, size)
        elif kind == APPLICATION and head[4:] == b"riff":
            content = _read(file, start, size)[4:]  # after the name
            yield content[:4], content[8:]
        position = start + size
        if head[0] & 0x80:
            return


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(min(size, LARGEST_BYTES))


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
