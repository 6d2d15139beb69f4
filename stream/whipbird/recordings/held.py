"""How much sound a FLAC or MP3 file holds, found without decoding it.

Seeking to the end would show the same, but libraries can crash when they seek in a damaged file.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["MP3_HEAD_BYTES", "MP3_LENGTHS", "flac_end", "mp3_bytes", "mp3_offset"]

MP3_LENGTHS = (b"Xing", b"Info", b"VBRI")  # tags in an MP3's first frame that give its length
MP3_HEAD_BYTES = 8192
VBRI_BYTES = 10  # where in its tag the number of bytes is
XING_FRAMES, XING_BYTES = 1, 2  # flags: which numbers are in the tag

STREAMINFO = slice(8, 42)  # of a FLAC file: the block that comes first
LEAST_TAIL_BYTES = 1 << 18  # in which the last frame is sought; tags may follow it
FRAME_START = re.compile(rb"\xff[\xf8\xf9]")
BLOCK_SIZES = (0, 192, 576, 1152, 2304, 4608, 0, 0, *(256 << n for n in range(8)))  # by code; 0 is given elsewhere
OTHER_RATE_BYTES = {12: 1, 13: 2, 14: 2}  # by code: bytes at the end of the header that give the rate


def mp3_offset(file: BinaryIO) -> int:
    """Where the sound in an MP3 starts, after an ID3 tag."""
    file.seek(0)
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)  # and perhaps a footer


def mp3_bytes(path: str | bytes) -> tuple[int, int]:
    """Bytes of sound in an MP3, and those that the tag in its first frame promises; 0 if it does not say."""
    with open(path, "rb") as file:
        offset = mp3_offset(file)
        file.seek(offset)
        head = file.read(MP3_HEAD_BYTES)
    there = os.path.getsize(path) - offset
    for tag in MP3_LENGTHS:
        place = head.find(tag)
        if place >= 0:
            if tag == b"VBRI":
                return there, int.from_bytes(head[place + VBRI_BYTES : place + VBRI_BYTES + 4])
            flags = int.from_bytes(head[place + 4 : place + 8])
            start = place + 8 + (4 if flags & XING_FRAMES else 0)
            return there, int.from_bytes(head[start : start + 4]) if flags & XING_BYTES else 0
    return there, 0


def flac_end(path: str | bytes) -> int | None:
    """Number of the sample after the last whole frame of a FLAC file; None if its end holds something else."""
    with open(path, "rb") as file:
        head = file.read(STREAMINFO.stop)
        info = head[STREAMINFO]
        if head[:4] != b"fLaC" or len(info) < 34:
            return None
        largest_block, largest_frame = int.from_bytes(info[2:4]), int.from_bytes(info[7:10])
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - max(LEAST_TAIL_BYTES, 3 * largest_frame)))
        tail = file.read()
    for start in reversed([found.start() for found in FRAME_START.finditer(tail)]):
        end = _frame_end(tail, start, largest_block)
        if end is not None and any(crc == 0 for crc in _crcs(tail, start, 16, 0x8005)):
            return end
    return 0 if len(tail) == size else None


def _frame_end(tail: bytes, start: int, largest_block: int) -> int | None:
    """Number of the sample after the frame whose header starts here; None if this is not the header of a frame."""
    header = tail[start : start + 16]
    if len(header) < 16:
        return None
    block_code, rate_code = header[2] >> 4, header[2] & 15
    width = max(1, 8 - (~header[4] & 0xFF).bit_length())  # of the number of the frame or sample, coded as UTF-8
    if not block_code or rate_code == 15 or header[3] & 1 or (width == 1 and header[4] & 0x80):
        return None
    number = header[4] & (0x7F >> width if width > 1 else 0x7F)
    for byte in header[5 : 4 + width]:
        number = number << 6 | byte & 0x3F
    block_bytes = {6: 1, 7: 2}.get(block_code, 0)
    end = 4 + width + block_bytes + OTHER_RATE_BYTES.get(rate_code, 0)
    if end >= len(header) or list(_crcs(header[: end + 1], 0, 8, 0x07))[-1] != 0:
        return None
    block = BLOCK_SIZES[block_code] or 1 + int.from_bytes(header[4 + width : 4 + width + block_bytes])
    return (number if header[1] & 1 else number * largest_block) + block


def _crcs(content: bytes, start: int, bits: int, polynomial: int) -> Iterator[int]:
    """The checksum of the content from ``start`` on, after each byte; 0 where a checksum ends that is right."""
    table = _table(bits, polynomial)
    mask, crc = (1 << bits) - 1, 0
    for place in range(start, len(content)):
        crc = (crc << 8 & mask) ^ table[(crc >> (bits - 8)) ^ content[place]]
        yield crc


@functools.cache
def _table(bits: int, polynomial: int) -> list[int]:
    table = []
    for byte in range(256):
        crc = byte << (bits - 8)
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc >> (bits - 1) else 0)) & ((1 << bits) - 1)
        table.append(crc)
    return table
