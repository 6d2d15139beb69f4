"""Recordings that were joined end to end in one file: several WAV or FLAC files, or a chained Ogg.

Of such a file, libsndfile reads the first recording alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from whipbird.recordings.corrected.chunked import RIFF, chunks, family_of
from whipbird.recordings.corrected.flac import FLAC_MAGIC, seems_single_flac

__all__ = ["joined_parts"]

BLOCK_BYTES = 1 << 20
SEARCHED_BYTES = 1 << 28  # of a WAV whose size is wrong: longer ones are hardly joined, and take too long
SHORT_BYTES = 1 << 23  # of a FLAC that is searched in any case
OGG_MAGIC = b"OggS"
OGG_PAGE = 27  # bytes of a page before the table of its segments
LARGEST_PAGE = 27 + 255 + 255 * 255 + 4  # and the start of the next
OGG_FIRST = 2  # flag of the first page of a stream
WAV_START = re.compile(rb"(?:RIFF|RF64|BW64)....WAVE", re.DOTALL)
WAV_BYTES = 12
FLAC_START = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")


def joined_parts(file: BinaryIO) -> list[tuple[int, int]]:
    """Start and end of each recording in a file; one if it is not known to hold several."""
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(WAV_BYTES)
    find: Callable[[BinaryIO, int], Iterator[int]] | None = None
    if head[:4] == OGG_MAGIC:
        find = _oggs
    elif head[:4] == FLAC_MAGIC:
        find = _flacs
    elif family_of(head) is RIFF:
        find = _wavs
    starts = [0] if find is None else [0, *find(file, length)]
    return list(zip(starts, [*starts[1:], length], strict=True))


def _oggs(file: BinaryIO, length: int) -> Iterator[int]:
    """Where streams start after others have begun: those that belong together start together."""
    was_first = True
    for position, flags in _pages(file, length):
        is_first = bool(flags & OGG_FIRST)
        if is_first and not was_first:
            yield position
        was_first = is_first


def _pages(file: BinaryIO, length: int) -> Iterator[tuple[int, int]]:
    """Position and flags of the pages of an Ogg (RFC 3533)."""
    position = 0
    while position < length:
        file.seek(position)
        block = file.read(BLOCK_BYTES)
        is_last = position + len(block) >= length
        at = block.find(OGG_MAGIC)
        while at >= 0 and (is_last or at + LARGEST_PAGE <= len(block)) and at + OGG_PAGE <= len(block):
            yield position + at, block[at + 5]
            segments = block[at + 26]
            end = at + OGG_PAGE + segments + sum(block[at + OGG_PAGE : at + OGG_PAGE + segments])
            is_whole = block.startswith(OGG_MAGIC, end)
            at = end if is_whole else block.find(OGG_MAGIC, at + OGG_PAGE)
        position += len(block) - len(OGG_MAGIC) + 1 if at < 0 else max(1, at)
        if is_last:
            return


def _wavs(file: BinaryIO, length: int) -> Iterator[int]:
    """Where files start after the chunks of another; within sound, only if its size does not fit."""
    for chunk in chunks(file, RIFF):
        start = chunk.start - RIFF.head.size
        if chunk.name in (b"RIFF", b"RF64", b"BW64"):
            file.seek(start)
            if WAV_START.match(file.read(WAV_BYTES)):
                yield from _found(file, b"WAVE", 8, WAV_START, start, length)
                return
        is_doubtful = chunk.name == RIFF.sound and (chunk.size != chunk.declared or chunk.end > length)
        if is_doubtful and length <= SEARCHED_BYTES:
            yield from _found(file, b"WAVE", 8, WAV_START, chunk.start, length)
            return


def _flacs(file: BinaryIO, length: int) -> Iterator[int]:
    """Where files start after others. A long file is searched only if there is a reason."""
    if length <= SHORT_BYTES or not seems_single_flac(file):
        yield from _found(file, FLAC_MAGIC, 0, FLAC_START, len(FLAC_MAGIC), length)


def _found(file: BinaryIO, sought: bytes, back: int, pattern: re.Pattern[bytes], start: int, end: int) -> Iterator[int]:
    """Where a pattern of up to 12 bytes is in a part of a file; it has the bytes ``sought`` at ``back``."""
    position, latest = start, -1
    while position < end:
        file.seek(position)
        block = file.read(min(BLOCK_BYTES, end - position))
        at = block.find(sought)
        while at >= 0:
            if at >= back and pattern.match(block, at - back) and position + at - back > latest:
                latest = position + at - back
                yield latest
            at = block.find(sought, at + 1)
        position += max(1, len(block) - WAV_BYTES + 1)
