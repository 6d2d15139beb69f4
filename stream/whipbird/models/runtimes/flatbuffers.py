"""Reading and changing the tables of a TFLite file, whose format is FlatBuffers.

A table starts with the distance to its list of fields; fields that are vectors, texts or tables hold the distance to
them, always forwards. So a longer vector is appended to the file, and the field points to that.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

__all__ = ["append_numbers", "field_of", "find_field", "number_at", "numbers_at", "target_of"]

HEADER = 4  # bytes of a list of fields before the first


def number_at(content: bytes, place: int) -> int:
    """The unsigned number at a place."""
    number: int = struct.unpack_from("<I", content, place)[0]
    return number


def target_of(content: bytes, place: int) -> int:
    """Where the distance at a place leads."""
    return place + number_at(content, place)


def numbers_at(content: bytes, vector: int) -> list[int]:
    """The signed numbers of a vector."""
    return list(struct.unpack_from(f"<{number_at(content, vector)}i", content, vector + 4))


def find_field(content: bytes, table: int, number: int) -> int | None:
    """Where a table has a field; None if it has none, and the default counts."""
    fields = table - struct.unpack_from("<i", content, table)[0]
    size = struct.unpack_from("<H", content, fields)[0]
    place = HEADER + 2 * number
    offset = struct.unpack_from("<H", content, fields + place)[0] if place < size else 0
    return int(table + offset) if offset else None


def field_of(content: bytes, table: int, number: int) -> int:
    """Where a table has a field.

    Raises
    ------
    ValueError
        If it has none.
    """
    place = find_field(content, table, number)
    if place is None:
        raise ValueError(f"no field {number}")
    return place


def append_numbers(content: bytearray, place: int, numbers: Sequence[int]) -> None:
    """Append a vector of signed numbers to a file, and let the field at a place point to it."""
    content += bytes(-len(content) % 4)
    start = len(content)
    content += struct.pack(f"<I{len(numbers)}i", len(numbers), *numbers)
    struct.pack_into("<I", content, place, start - place)
