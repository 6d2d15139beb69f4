"""Make an inner tensor of a TFLite network one of its outputs.

TFLite reuses the memory of inner tensors, and its fast kernels do not compute some of them at all. An output is
computed and kept, at no other cost; the network's other outputs stay as they are. The file format is FlatBuffers: a
table starts with the distance to its list of fields, and fields that are vectors or tables hold the distance to them.
So a longer list of outputs is appended to the file, and the field points to that.
"""

from __future__ import annotations

import struct

__all__ = ["with_output"]

SUBGRAPHS = 2  # field of a model
OUTPUTS = 2  # field of a subgraph
HEADER = 4  # bytes of a list of fields before the first


def with_output(content: bytes, tensor: int) -> bytes:
    """The same network, whose last output is the tensor of this number.

    Raises
    ------
    ValueError, struct.error
        If this is no network.
    """
    subgraphs = _target(content, _field(content, _target(content, 0), SUBGRAPHS))
    outputs = _field(content, _target(content, subgraphs + 4), OUTPUTS)
    before = _target(content, outputs)
    count = _number(content, before)
    kept = content[before + 4 : before + 4 + 4 * count]
    padding = bytes(-len(content) % 4)
    start = len(content) + len(padding)
    changed = bytearray(content)
    changed += padding + struct.pack("<I", count + 1) + kept + struct.pack("<i", tensor)
    struct.pack_into("<I", changed, outputs, start - outputs)
    return bytes(changed)


def _number(content: bytes, place: int) -> int:
    number: int = struct.unpack_from("<I", content, place)[0]
    return number


def _target(content: bytes, place: int) -> int:
    """Where the distance at a place leads."""
    return place + _number(content, place)


def _field(content: bytes, table: int, number: int) -> int:
    """Where a table has a field.

    Raises
    ------
    ValueError
        If it has none.
    """
    fields = table - struct.unpack_from("<i", content, table)[0]
    size = struct.unpack_from("<H", content, fields)[0]
    place = HEADER + 2 * number
    offset = struct.unpack_from("<H", content, fields + place)[0] if place < size else 0
    if not offset:
        raise ValueError(f"no field {number}")
    return int(table + offset)
