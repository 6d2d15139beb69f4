"""Cut a TFLite network into parts that compute the same one after the other.

The parts are whole files with all weights; each runs some of the operators, which are consecutive in the file, and
takes what the part before gives. A vector of operators cannot be written anew, because its distances lead forwards
only: the part's vector is in place of the one before, which it overwrites from the element before its first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise

from whipbird.models.runtimes.tflite_file import (
    INPUTS,
    KINDS,
    OPERATORS,
    OUTPUTS,
    append_numbers,
    field_of,
    find_field,
    first_subgraph,
    number_at,
    numbers_at,
    tables_at,
    target_of,
)

__all__ = ["MAX_POOL", "cut_after"]

MAX_POOL = 17  # number of a kind of operator in TFLite's format
KIND, TAKEN, GIVEN = 0, 1, 2  # fields of an operator
OLD_NUMBER, NUMBER = 0, 3  # fields of a kind of operator; the old one has a byte only


def cut_after(content: bytes, kind: int) -> list[bytes]:
    """The parts of a network that end with an operator of a kind, and the part after the last of them.

    Each operator at the start of a part must take what the part before gives, and its weights; nothing else may pass
    a cut. The network must have one input and one output.

    Raises
    ------
    ValueError, struct.error
        If this is no network, or has no operator of this kind.
    """
    subgraph = first_subgraph(content)
    vector = target_of(content, field_of(content, subgraph, OPERATORS))
    kinds = list(_kinds(content))
    operators = tables_at(content, vector)
    ends = [place + 1 for place, one in enumerate(operators) if kinds[_number(content, one, KIND)] == kind]
    if not ends:
        raise ValueError("no operator to cut after")
    bounds = [0, *ends] + ([len(operators)] if ends[-1] < len(operators) else [])
    return [
        _part(content, subgraph, vector + 4 * first, end - first, operators[first], operators[end - 1])
        for first, end in pairwise(bounds)
    ]


def _kinds(content: bytes) -> Iterator[int]:
    """The number of each kind of operator that the file uses."""
    for one in tables_at(content, target_of(content, field_of(content, target_of(content, 0), KINDS))):
        old = find_field(content, one, OLD_NUMBER)
        yield max(content[old] if old else 0, _number(content, one, NUMBER))


def _number(content: bytes, table: int, field: int) -> int:
    place = find_field(content, table, field)
    return number_at(content, place) if place else 0


def _part(content: bytes, subgraph: int, start: int, count: int, first: int, last: int) -> bytes:
    """A part with some operators, the first of which is 4 bytes after ``start``."""
    changed = bytearray(content)
    place = field_of(content, subgraph, OPERATORS)
    struct.pack_into("<I", changed, start, count)
    struct.pack_into("<I", changed, place, start - place)
    for ends, operator, field in ((INPUTS, first, TAKEN), (OUTPUTS, last, GIVEN)):
        tensor = numbers_at(content, target_of(content, field_of(content, operator, field)))[0]
        append_numbers(changed, field_of(content, subgraph, ends), [tensor])
    return bytes(changed)
