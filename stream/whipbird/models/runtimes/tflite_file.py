"""Reading and changing the tables of a TFLite file, a format of FlatBuffers.

A table starts with the distance to its list of fields; fields that are vectors, texts or tables hold the distance to
them, always forwards. So a longer vector is appended to the file, and the field points to that.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

__all__ = [
    "INPUTS",
    "KINDS",
    "OPERATORS",
    "OUTPUTS",
    "append_numbers",
    "field_of",
    "find_field",
    "first_subgraph",
    "number_at",
    "numbers_at",
    "tables_at",
    "target_of",
    "working_bytes",
]

KINDS, SUBGRAPHS, BUFFERS = 1, 2, 4  # fields of a model
TENSORS, INPUTS, OUTPUTS, OPERATORS = 0, 1, 2, 3  # fields of a subgraph
SHAPE, TYPE, BUFFER = 0, 1, 2  # fields of a tensor
DATA = 0  # field of a buffer
SIZES = {0: 4, 1: 2, 2: 4, 3: 1, 4: 8, 6: 1, 7: 2, 9: 1, 10: 8}  # bytes of a number, by the number of its type
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


def tables_at(content: bytes, vector: int) -> list[int]:
    """Where the tables of a vector are."""
    return [target_of(content, vector + 4 + 4 * place) for place in range(number_at(content, vector))]


def first_subgraph(content: bytes) -> int:
    """Where the first subgraph is, which is the network."""
    return target_of(content, target_of(content, field_of(content, target_of(content, 0), SUBGRAPHS)) + 4)


def working_bytes(content: bytes) -> int:
    """Bytes of all tensors that a network computes or keeps: no plan of its memory needs more for them."""
    buffers = tables_at(content, target_of(content, field_of(content, target_of(content, 0), BUFFERS)))
    total = 0
    for tensor in tables_at(content, target_of(content, field_of(content, first_subgraph(content), TENSORS))):
        buffer, kind = find_field(content, tensor, BUFFER), find_field(content, tensor, TYPE)
        if buffer is not None and find_field(content, buffers[number_at(content, buffer)], DATA) is not None:
            continue  # a constant
        shape = find_field(content, tensor, SHAPE)
        count = math.prod(numbers_at(content, target_of(content, shape))) if shape is not None else 1
        total += count * SIZES.get(content[kind] if kind is not None else 0, 4)
    return total


def append_numbers(content: bytearray, place: int, numbers: Sequence[int]) -> None:
    """Append a vector of signed numbers to a file, and let the field at a place point to it."""
    content += bytes(-len(content) % 4)
    start = len(content)
    content += struct.pack(f"<I{len(numbers)}i", len(numbers), *numbers)
    struct.pack_into("<I", content, place, start - place)
