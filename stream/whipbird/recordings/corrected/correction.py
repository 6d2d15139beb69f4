"""Finds what is wrong with the header of a recording of any format."""

from __future__ import annotations

import os
import struct
from dataclasses import replace
from pathlib import PurePath
from typing import BinaryIO

from whipbird.recordings.corrected.chunked import RIFF, chunks, family_of
from whipbird.recordings.corrected.flac import FLAC_MAGIC, flac_correction
from whipbird.recordings.corrected.mp3 import mp3_correction
from whipbird.recordings.corrected.sizes import AU_MAGIC, au_correction, chunked_correction
from whipbird.recordings.corrected.spliced import Correction

__all__ = ["correction_of", "mp3_part", "size_correction"]

MP3_SUFFIXES = frozenset({".mp3", ".mp2", ".mpa", ".mpga"})
MP3_IN_WAV = 0x55  # format tag
HEAD_BYTES = 28


def correction_of(file: BinaryIO, path: str) -> Correction | None:
    """A right header for a recording; None if its own is right, or nothing better is known."""
    part = mp3_part(file, path)
    if part is not None:
        begin, end, frames = part
        found = mp3_correction(file, begin, end)
        return found if found is None or found.has_length else replace(found, promised=frames)
    file.seek(0)
    return flac_correction(file) if file.read(4) == FLAC_MAGIC else size_correction(file)


def size_correction(file: BinaryIO) -> Correction | None:
    """As `correction_of`, for the formats in which a few bytes show what is wrong."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head[:4] in AU_MAGIC:
        return au_correction(file)
    family = family_of(head)
    return None if family is None else chunked_correction(file, family)


def mp3_part(file: BinaryIO, path: str) -> tuple[int, int, int | None] | None:
    """Start and end of the MP3 in a file, and its number of samples if a WAV around it says so; None if there is none.

    An MP3 is known by its first bytes or its name.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    length = file.seek(0, os.SEEK_END)
    family = family_of(head)
    if family is RIFF:
        return _mp3_in_wav(file, length)
    if family is not None or head[:4] in (*AU_MAGIC, FLAC_MAGIC, b"OggS") or head[4:8] == b"ftyp":
        return None
    is_mp3 = head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1] & 0xE0 == 0xE0 and head[1] & 6)
    return (0, length, None) if is_mp3 or PurePath(path).suffix.lower() in MP3_SUFFIXES else None


def _mp3_in_wav(file: BinaryIO, length: int) -> tuple[int, int, int | None] | None:
    is_mp3, frames = False, None
    for chunk in chunks(file, RIFF):
        file.seek(chunk.start)
        if chunk.name == b"fmt ":
            is_mp3 = file.read(2) == struct.pack("<H", MP3_IN_WAV)
        elif not is_mp3:
            return None
        elif chunk.name == b"fact" and len(number := file.read(4)) == 4:
            frames = struct.unpack("<I", number)[0] or None
        elif chunk.name == b"data":
            return chunk.start, min(chunk.end, length), frames
    return None
