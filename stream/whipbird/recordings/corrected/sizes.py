"""Right headers for WAV, AIFF, CAF, W64 and AU files whose headers give a wrong size of the sound."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from whipbird.recordings.corrected.chunked import AIFF, CAF, RIFF, Chunk, Family, chunks, end_of_content
from whipbird.recordings.corrected.spliced import Correction

__all__ = ["AU_MAGIC", "LARGEST_HEAD", "au_correction", "chunked_correction", "endless_wav"]

LARGEST_HEAD = 1 << 24
"""Most bytes before the sound."""
LARGEST_32 = 0xFFFFFFFF
SIMPLE_TAGS = (1, 3, 6, 7, 0xFFFE)  # PCM, floating point, A-law, µ-law; extensible, which is one of these
ENDLESS = 1 << 60  # bytes: more than any stream has
SSND_HEAD = 8  # bytes in AIFF's sound chunk before the sound
AU_MAGIC = {b".snd": ">", b"dns.": "<"}
"""First bytes of AU files, and their byte order."""


def chunked_correction(file: BinaryIO, family: Family) -> Correction | None:
    """The right header of a file of chunks; None if the header is right, or the sound is cut."""
    format_chunk = None
    for chunk in chunks(file, family):
        if chunk.name in (b"COMM", b"desc"):
            format_chunk = chunk
        if chunk.name.startswith(family.sound):
            if chunk.size == chunk.declared or chunk.start > LARGEST_HEAD:
                return None
            file.seek(0)
            head = file.read(chunk.start)
            if family is RIFF:
                head = _riff_head(head, chunk.size)
            elif family is AIFF:
                head = _aiff_head(head, chunk, format_chunk)
            elif family is CAF:
                head = head[:-8] + struct.pack(">Q", chunk.size)
            else:
                head = head[:-8] + struct.pack("<Q", chunk.size + family.head.size)
            return Correction(head, chunk.start, chunk.end) if head else None
    return None


def endless_wav(head: bytes) -> bytes | None:
    """The head of a WAV up to its sound, for sound of any length; None for most encodings."""
    place = head.find(b"fmt ") + RIFF.head.size
    tag = int.from_bytes(head[place : place + 2], "little")
    return _riff_head(head, ENDLESS) if tag in SIMPLE_TAGS else None


def au_correction(file: BinaryIO) -> Correction | None:
    """The right header of an AU file; None if it is right, or the sound is cut."""
    file.seek(0)
    head = file.read(24)
    if len(head) < 24 or head[:4] not in AU_MAGIC:
        return None
    order = AU_MAGIC[head[:4]]
    start, size = struct.unpack(f"{order}II", head[4:12])
    length = file.seek(0, os.SEEK_END)
    if not 24 <= start <= min(length, LARGEST_HEAD):
        return None
    excess = start + size - length
    explained = 0 < excess <= start
    if size == LARGEST_32 or not (
        explained or (excess < 0 and end_of_content(file, start + size, length) > start + size)
    ):
        return None
    file.seek(0)
    content = file.read(start)
    known = min(length - start, LARGEST_32)  # which means "up to the end"
    return Correction(content[:8] + struct.pack(f"{order}I", known) + content[12:], start, length)


def _riff_head(head: bytes, size: int) -> bytes:
    """The head of a WAV for sound of this size: as RF64 if 32 bits cannot give it."""
    middle = head[12:-4].replace(b"ds64", b"JUNK", 1)
    total = len(head) - 8 + size + size % 2
    if total <= LARGEST_32:
        return b"RIFF" + struct.pack("<I", total) + b"WAVE" + middle + struct.pack("<I", size)
    sizes = struct.pack("<IQQQI", 28, total + 36, size, 0, 0)
    return b"RF64\xff\xff\xff\xffWAVEds64" + sizes + middle + b"\xff\xff\xff\xff"


def _aiff_head(head: bytes, sound: Chunk, common: Chunk | None) -> bytes:
    """The head of an AIFF for sound of this size; empty if its format comes after the sound."""
    if common is None or common.size < 18 or sound.end > LARGEST_32:
        return b""
    channels, _, bits = struct.unpack(">HIH", head[common.start : common.start + 8])
    frame = max(1, channels * -(-bits // 8))
    changed = bytearray(head)
    changed[4:8] = struct.pack(">I", sound.end - 8)
    changed[common.start + 2 : common.start + 6] = struct.pack(">I", max(0, sound.size - SSND_HEAD) // frame)
    changed[-4:] = struct.pack(">I", sound.size)
    return bytes(changed)
