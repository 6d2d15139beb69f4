"""Chunks of WAV, RF64, BW64, AIFF, CAF and W64 files, also where the size of the sound is wrong.

Such files are sequences of chunks: a name, a size, contents, and padding (Multimedia Programming Interface and Data
Specifications 1.0, 1991; EBU Tech 3306 and ITU-R BS.2088 for sizes of 64 bits, in the chunk ``ds64``; Audio Interchange
File Format 1.3; Apple's Core Audio Format 1.0; Sony's Wave64). Recorders write the size of the sound last, if at all,
and some write another number: 0, that of an earlier moment, the size of the file, or what is left of a size beyond
4 GiB. The sound then extends to chunks that fit the end of the file, or to its end.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

__all__ = [
    "AIFF",
    "CAF",
    "MOST_CHUNKS",
    "RIFF",
    "SIZE_ELSEWHERE",
    "TAGS",
    "W64",
    "Chunk",
    "Family",
    "chunks",
    "end_of_content",
    "family_of",
    "is_unknown",
    "starts_chunk",
]

HEADER_BYTES = 4096  # by which a size may be too large, because it includes the header
MOST_CHUNKS = 1_000
"""Of how many chunks of a file at most the heads are read."""
MOST_CHAINED = 50
SIZE_ELSEWHERE = 0xFFFFFFFF
"""Size of 32 bits that is given in the chunk ``ds64``."""
UNKNOWN_BYTES = (0x7F00_0000, 1 << 31, 1 << 32, 1 << 63, 1 << 64)  # written while the size is not known
PREALLOCATED_BYTES = 1 << 16  # zeros at the end of a file that was made before its sound; fewer may be sound
FRAMES_BYTES = 48  # whole frames of most formats
TAIL_BYTES = 1 << 16  # in which chunks are sought after sound of unknown size
LEAST_BLOCK_BYTES, BLOCK_BYTES = 1 << 12, 1 << 20
NAME = re.compile(rb"[A-Za-z0-9_() ]{4}")
TAGS = (b"TAG", b"ID3", b"APETAGEX")
"""First bytes of the tags that music players append to any file."""
USUAL = (
    *(b"fmt ", b"data", b"SSND", b"desc"),
    *(b"LIST", b"guan", b"bext", b"iXML", b"axml", b"id3 ", b"ID3 ", b"cue ", b"smpl", b"inst", b"fact", b"PEAK"),
    *(b"JUNK", b"junk", b"FLLR", b"PAD ", b"wamd", b"afsp", b"_PMX", b"umid", b"chna", b"levl", b"DISP", b"plst"),
    *(b"MARK", b"COMT", b"NAME", b"ANNO", b"AUTH", b"APPL", b"MIDI", b"AESD", b"INST", b"COMM"),
    *(b"info", b"mark", b"regn", b"strg", b"uuid", b"ovvw", b"free", b"chan", b"edit", b"midi", b"peak", b"pakt"),
)
"""Names of chunks that are known by name alone, even if they are cut."""
USUAL_NAME = re.compile(b"|".join(map(re.escape, USUAL)))


@dataclass(frozen=True)
class Family:
    """Formats that write their chunks in the same way.

    Attributes
    ----------
    first : int
        Position of the first chunk.
    head : struct.Struct
        Name and size of a chunk.
    padding : int
        Chunks are padded to multiples of this.
    counts_head : bool
        Whether a size includes name and size.
    sound : bytes
        First letters of the name of the chunk that contains the sound.
    """

    first: int
    head: struct.Struct
    padding: int
    counts_head: bool
    sound: bytes


RIFF = Family(12, struct.Struct("<4sI"), 2, False, b"data")
AIFF = Family(12, struct.Struct(">4sI"), 2, False, b"SSND")
CAF = Family(8, struct.Struct(">4sQ"), 1, False, b"data")
W64 = Family(40, struct.Struct("<16sQ"), 8, True, b"data")
FAMILIES = {b"RIFF": RIFF, b"RF64": RIFF, b"BW64": RIFF, b"FORM": AIFF, b"caff": CAF, b"riff": W64}
FORMS = {RIFF: (b"WAVE",), AIFF: (b"AIFF", b"AIFC"), W64: (b"wave",)}
FORM_AT = {RIFF: 8, AIFF: 8, W64: 24}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: the position of its contents in the file, and their size; ``declared`` is the size as given there."""

    name: bytes
    start: int
    size: int
    declared: int

    @property
    def end(self) -> int:
        return self.start + self.size


def family_of(head: bytes) -> Family | None:
    """The family of a file that starts with these 28 bytes; the first 12 are enough for `RIFF` and `AIFF`."""
    family = FAMILIES.get(head[:4])
    if family is None or family is CAF:
        return family
    place = FORM_AT[family]
    return family if head[place : place + 4] in FORMS[family] else None


def chunks(file: BinaryIO, family: Family) -> Iterator[Chunk]:
    """The chunks of a file; the last may claim to be longer than the file."""
    length = file.seek(0, os.SEEK_END)
    position = family.first
    sound_bytes: int | None = None
    for _ in range(MOST_CHUNKS):
        chunk = _chunk_at(file, family, position)
        if chunk is None:
            return
        if chunk.name == b"ds64" and len(sizes := _read(file, chunk.start, 16)) == 16:
            sound_bytes = struct.unpack("<QQ", sizes)[1]
        if chunk.name.startswith(family.sound):
            if chunk.declared == SIZE_ELSEWHERE and sound_bytes is not None:
                chunk = replace(chunk, size=sound_bytes, declared=sound_bytes)
            end = _end_of_sound(file, family, chunk, length)
            chunk = replace(chunk, size=end - chunk.start)
        yield chunk
        padded = _padded(family, chunk.end)
        is_padded = padded == chunk.end or not _is_chunk(file, family, chunk.end, length)
        position = padded if is_padded or _is_chunk(file, family, padded, length) else chunk.end
        if position > length:
            return


def is_unknown(size: int) -> bool:
    """Whether a size is one that programs write when they do not know it, give or take a header."""
    return any(abs(size - unknown) <= HEADER_BYTES for unknown in UNKNOWN_BYTES)


def starts_chunk(content: bytes) -> bool:
    """Whether sound in a pipe cannot go on with these 8 bytes, because they are the head of a RIFF chunk."""
    if len(content) < RIFF.head.size:
        return False
    name, size = RIFF.head.unpack(content[: RIFF.head.size])
    return USUAL_NAME.fullmatch(name) is not None or (NAME.fullmatch(name) is not None and size < BLOCK_BYTES)


def end_of_content(file: BinaryIO, start: int, end: int) -> int:
    """Where the zeros begin at the end of a part of a file; ``start`` if it has nothing else."""
    block = LEAST_BLOCK_BYTES
    while end > start:
        begin = max(start, end - block)
        content = _read(file, begin, end - begin).rstrip(b"\0")
        if content:
            return begin + len(content)
        end, block = begin, min(4 * block, BLOCK_BYTES)
    return start


def _end_of_sound(file: BinaryIO, family: Family, chunk: Chunk, length: int) -> int:
    """Where the sound really ends; beyond the end of the file if it is cut."""
    end = chunk.end
    if end > length:
        includes_header = end - length <= min(chunk.start, HEADER_BYTES)
        is_length = not includes_header and not is_unknown(chunk.declared)
        return end if is_length else _before_chunks(file, family, chunk.start, length)
    if _fits(file, family, end, length):
        return end
    for turns in range((length - end) >> 32, 0, -1):  # of a size of 32 bits
        if _fits(file, family, end + (turns << 32), length):
            return end + (turns << 32)
    last = _before_chunks(file, family, end, length)
    content = end_of_content(file, end, last)
    if content == end:
        return end
    if last - content < PREALLOCATED_BYTES:
        return last
    return chunk.start - (chunk.start - content) // FRAMES_BYTES * FRAMES_BYTES


def _fits(file: BinaryIO, family: Family, end: int, length: int) -> bool:
    """Whether sound can end here: at the end of the file, before a chunk or before tags."""
    if end >= length - 1 or _is_chunk(file, family, end, length):
        return True
    return _is_chunk(file, family, _padded(family, end), length) or _read(file, end, 8).startswith(TAGS)


def _before_chunks(file: BinaryIO, family: Family, start: int, length: int) -> int:
    """Where the chunks start that end with the file, near its end; ``length`` if there are none."""
    begin = max(start, length - TAIL_BYTES)
    for found in USUAL_NAME.finditer(_read(file, begin, length - begin)):
        position: int | None = begin + found.start()
        for _ in range(MOST_CHAINED):
            chunk = None if position is None else _chunk_at(file, family, position)
            if chunk is None or not NAME.match(chunk.name):
                break
            if abs(_padded(family, chunk.end) - length) <= 1:
                return begin + found.start()
            position = _padded(family, chunk.end)
    return length


def _is_chunk(file: BinaryIO, family: Family, position: int, length: int) -> bool:
    """Whether a chunk starts here: one with a usual name, or several up to the end of the file."""
    for _ in range(MOST_CHAINED):
        chunk = _chunk_at(file, family, position)
        if chunk is None or not NAME.match(chunk.name):
            return False
        if USUAL_NAME.match(chunk.name):
            return True
        position = _padded(family, chunk.end)
        if abs(position - length) <= 1:
            return True
    return False


def _chunk_at(file: BinaryIO, family: Family, position: int) -> Chunk | None:
    head = _read(file, position, family.head.size)
    if len(head) < family.head.size:
        return None
    name, size = family.head.unpack(head)
    size = max(0, size - family.head.size) if family.counts_head else size
    return Chunk(name, position + family.head.size, size, size)


def _padded(family: Family, position: int) -> int:
    return -(-position // family.padding) * family.padding


def _read(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(max(0, count))
