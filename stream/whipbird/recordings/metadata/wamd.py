"""WAMD, the metadata that Song Meters and Echo Meters of Wildlife Acoustics write, in a chunk of that name.

It is a sequence of fields, each a number of 16 bits, a size of 32 bits, and text; the first is the version. Layout:
``wa_meta.h``, version 1.0 (Wildlife Acoustics, 2014).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime

from whipbird.recordings.metadata.written_time import written_time

__all__ = ["start_in_wamd"]

VERSION, START = 0x0000, 0x0005  # numbers of fields
KNOWN_VERSION = b"\x01\x00"


def start_in_wamd(content: bytes) -> datetime | None:
    """Start of the recording; without zone if it is local time, None if no time can be read."""
    fields = dict(_fields(content))
    if fields.get(VERSION) != KNOWN_VERSION:
        return None
    return written_time(fields.get(START, b"").decode("latin-1").strip("\0 \r\n"))


def _fields(content: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while len(head := content[position : position + 6]) == 6:
        number, size = struct.unpack("<HI", head)
        yield number, content[position + 6 : position + 6 + size]
        position += 6 + size
