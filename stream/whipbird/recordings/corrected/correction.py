"""Finds how to read a recording of any format, whatever is wrong with its header."""

from __future__ import annotations

import io
import os
import struct
from dataclasses import replace
from pathlib import PurePath
from typing import BinaryIO

from whipbird.recordings.corrected.chunked import RIFF, chunks, family_of
from whipbird.recordings.corrected.flac import FLAC_MAGIC, flac_correction
from whipbird.recordings.corrected.joined import joined_parts
from whipbird.recordings.corrected.mp3 import mp3_plan, walked_mp3_plan
from whipbird.recordings.corrected.plan import Part, Plan
from whipbird.recordings.corrected.sizes import AU_MAGIC, au_correction, chunked_correction
from whipbird.recordings.corrected.spliced import Correction, Spliced

__all__ = ["plan_of", "size_correction"]

MP3_SUFFIXES = frozenset({".mp3", ".mp2", ".mpa", ".mpga"})
MP3_IN_WAV = 0x55  # format tag
HEAD_BYTES = 28


def plan_of(file: BinaryIO, path: str, is_walked: bool = False) -> Plan:
    """How to read a recording.

    Parameters
    ----------
    is_walked : bool
        Whether to look at all of an MP3, to find what is damaged; see `Plan.is_final`.
    """
    part = _mp3_part(file, path)
    if part is not None:
        begin, end, frames = part
        found = (walked_mp3_plan if is_walked else mp3_plan)(file, begin, end)
        return Plan(tuple(_with_promise(own, frames) for own in found.parts), found.is_final)
    places = joined_parts(file)
    if len(places) == 1:
        return Plan((Part(_correction_of(file)),))
    return Plan(tuple(Part(_correction_within(file, start, end)) for start, end in places))


def _with_promise(part: Part, frames: int | None) -> Part:
    """A part of which a WAV around it gives the number of samples."""
    found = part.correction
    if found is None or found.has_length or frames is None:
        return part
    return replace(part, correction=replace(found, promised=frames))


def _correction_of(file: BinaryIO) -> Correction | None:
    """A right header for a recording other than MP3; None if its own is right, or nothing better is known."""
    file.seek(0)
    return flac_correction(file) if file.read(4) == FLAC_MAGIC else size_correction(file)


def _correction_within(file: BinaryIO, start: int, end: int) -> Correction:
    """The correction of a recording that is a part of a file."""
    own = Correction(b"", start, end)
    found = _correction_of(io.BufferedReader(_View(file, own)))
    return own if found is None else replace(found, start=start + found.start, end=start + found.end)


class _View(Spliced):
    """A part of a file, which stays open when this is closed."""

    def close(self) -> None:
        io.RawIOBase.close(self)


def size_correction(file: BinaryIO) -> Correction | None:
    """A right header for a recording, for the formats in which a few bytes show what is wrong."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head[:4] in AU_MAGIC:
        return au_correction(file)
    family = family_of(head)
    return None if family is None else chunked_correction(file, family)


def _mp3_part(file: BinaryIO, path: str) -> tuple[int, int, int | None] | None:
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
