"""The number of samples in a FLAC file, found without decoding it, and a header that gives it (RFC 9639).

Seeking to the end would show the same, but libraries can crash when they seek in a damaged file.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from whipbird.recordings.corrected.chunked import TAGS, end_of_content
from whipbird.recordings.corrected.spliced import Correction

__all__ = ["FLAC_MAGIC", "flac_correction", "flac_end", "seems_single_flac"]

FLAC_MAGIC = b"fLaC"
STREAMINFO = slice(8, 42)  # of a FLAC file: the block that comes first
TOTAL = slice(18, 26)  # 8 bytes, of which the last 36 bits are the number of samples
TOTAL_BITS = 36
LEAST_TAIL_BYTES = 1 << 18  # in which the last frame is sought; tags may follow it
FRAME_START = re.compile(rb"\xff[\xf8\xf9]")
BLOCK_SIZES = (0, 192, 576, 1152, 2304, 4608, 0, 0, *(256 << n for n in range(8)))  # by code; 0 is given elsewhere
PROBES = 16  # places where the numbers of the frames are looked at ...
LEAST_PROBE_BYTES = 1 << 16  # ... and bytes in which a frame must start there
OTHER_RATE_BYTES = {12: 1, 13: 2, 14: 2}  # by code: bytes at the end of the header that give the rate


@dataclass(frozen=True, slots=True)
class Frame:
    """The last whole frame of a file.

    Attributes
    ----------
    end : int
        Number of the sample after it.
    is_short : bool
        Whether it is shorter than the others, as the last frame that an encoder writes.
    is_last : bool
        Whether no other frame starts after it.
    """

    end: int
    is_short: bool
    is_last: bool


def flac_correction(file: BinaryIO) -> Correction | None:
    """The right header of a FLAC file; None if it is right, or the sound is cut.

    More samples than the header says count. Fewer are all if the encoder has written its last frame, or the header
    counts each channel.
    """
    file.seek(0)
    head = file.read(STREAMINFO.stop)
    if head[:4] != FLAC_MAGIC or len(head) < STREAMINFO.stop:
        return None
    numbers = int.from_bytes(head[TOTAL])
    total = numbers & ((1 << TOTAL_BITS) - 1)
    channels = (numbers >> TOTAL_BITS + 5 & 7) + 1
    frame = _last_frame(file, total)
    if frame is None:  # something else is at its end: all that can be decoded is read
        return Correction(_with_total(head, 0), len(head), file.seek(0, os.SEEK_END), False, total or None)
    is_all = frame.is_last and (frame.is_short or total in (2 * frame.end, channels * frame.end))
    if frame.end > total or (frame.end and frame.end < total and is_all):
        return Correction(_with_total(head, frame.end), len(head), file.seek(0, os.SEEK_END))
    return None


def flac_end(file: BinaryIO) -> int | None:
    """Number of the sample after the last whole frame of a FLAC file; None if its end holds something else."""
    frame = _last_frame(file)
    return None if frame is None else frame.end


def seems_single_flac(file: BinaryIO) -> bool:
    """Whether the numbers of the frames rise from place to place, and end with what the header says.

    If not, several files may have been joined. Those of the same length, or a short one before a long one, would end as
    the header says, but not rise.
    """
    file.seek(0)
    head = file.read(STREAMINFO.stop)
    info = head[STREAMINFO]
    if head[:4] != FLAC_MAGIC or len(info) < 34:
        return True
    total = int.from_bytes(head[TOTAL]) & ((1 << TOTAL_BITS) - 1)
    largest_block, largest_frame = int.from_bytes(info[2:4]), int.from_bytes(info[7:10])
    size = file.seek(0, os.SEEK_END)
    numbers = []
    for place in range(1, PROBES):
        file.seek(size * place // PROBES)
        content = file.read(max(LEAST_PROBE_BYTES, 2 * largest_frame))
        found = (_frame_samples(content, start.start(), largest_block) for start in FRAME_START.finditer(content))
        numbers += [samples[0] for samples in found if samples is not None][:1]
    return numbers == sorted(numbers) and flac_end(file) == total


def _with_total(head: bytes, total: int) -> bytes:
    numbers = int.from_bytes(head[TOTAL]) >> TOTAL_BITS << TOTAL_BITS | total & ((1 << TOTAL_BITS) - 1)
    return head[: TOTAL.start] + numbers.to_bytes(8) + head[TOTAL.stop :]


def _last_frame(file: BinaryIO, total: int | None = None) -> Frame | None:
    """The last whole frame; it ends at sample 0 if there is none, and is None if it cannot be found.

    A frame that ends at ``total`` samples need not be whole.
    """
    file.seek(0)
    head = file.read(STREAMINFO.stop)
    info = head[STREAMINFO]
    if head[:4] != FLAC_MAGIC or len(info) < 34:
        return None
    least_block, largest_block = int.from_bytes(info[:2]), int.from_bytes(info[2:4])
    largest_frame = int.from_bytes(info[7:10])
    size = file.seek(0, os.SEEK_END)
    end = min(size, end_of_content(file, len(head), size) + 16)  # a checksum may end with zeros
    start = max(0, end - max(LEAST_TAIL_BYTES, 3 * largest_frame))
    file.seek(start)
    tail = file.read(end - start)
    is_last = True
    for place in reversed([found.start() for found in FRAME_START.finditer(tail)]):
        samples = _frame_samples(tail, place, largest_block)
        if samples is None:
            continue
        first, count = samples
        if first + count == total or _is_whole(tail, place, largest_frame):
            return Frame(first + count, least_block == largest_block and count < largest_block, is_last)
        is_last = False
    return Frame(0, False, is_last) if start == 0 else None


def _is_whole(tail: bytes, place: int, largest_frame: int) -> bool:
    """Whether the frame that starts here ends with its checksum.

    A checksum of 16 bits is right by chance at one byte in 65,536. It counts before something that can follow a frame,
    or if so much follows that the frame cannot be cut.
    """
    is_cut = not largest_frame or len(tail) - place <= largest_frame
    for length, crc in enumerate(_crcs(tail, place, 16, 0x8005), 1):
        if crc == 0:
            rest = tail[place + length : place + length + 16]
            follows = not rest.strip(b"\0") or rest.startswith(TAGS) or _frame_samples(rest, 0, 1) is not None
            if follows or not is_cut:
                return True
    return False


def _frame_samples(tail: bytes, start: int, largest_block: int) -> tuple[int, int] | None:
    """First sample and number of samples of the frame whose header starts here; None if it is not one."""
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
    return number if header[1] & 1 else number * largest_block, block


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
