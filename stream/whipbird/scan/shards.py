"""Shards: recordings divided into portions of some minutes of work, so that neither the scheduler nor a core waits.

A shard holds neighbouring recordings. Long ones are cut into pieces (see `whipbird.scan.workers.boundaries`) where they
can be read from their middle, with the same samples bit for bit, and hold all that they promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["WHOLE", "Length", "Piece", "PieceSpan", "Shard", "divide", "shard_size_s"]

LARGEST_S = 12 * 3600.0  # of sound: a minute or so of work for a small model
SMALLEST_S = 300.0
PER_WORKER = 8  # shards, at least, if there is sound enough
FILE_S = 2.0  # opening a file costs about as much as hearing so much
UNKNOWN_S = 600.0  # taken for the length of what does not tell its own


class Length(NamedTuple):
    """A recording as `divide` sees it; ``duration_s`` is None where it does not tell."""

    path: str
    duration_s: float | None
    can_cut: bool


class Piece(NamedTuple):
    """A recording or a piece of one, and how much sound it is."""

    path: str
    span: PieceSpan
    sound_s: float


@dataclass(frozen=True, slots=True)
class PieceSpan:
    """A piece of a recording: seconds from its start, on the grid of `scan.workers.boundaries`; None is its end."""

    begin_s: int = 0
    end_s: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.begin_s == 0 and self.end_s is None


WHOLE = PieceSpan()


@dataclass(frozen=True, slots=True)
class Shard:
    """What is heard as one task."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def sound_s(self) -> float:
        return sum(piece.sound_s for piece in self.pieces)


def shard_size_s(lengths: Iterable[Length], workers: int) -> float:
    """Sound in a shard, costs of opening files included, with so many workers."""
    total_s = sum(_cost_s(one) for one in lengths)
    return min(max(total_s / (PER_WORKER * max(1, workers)), SMALLEST_S), LARGEST_S)


def divide(lengths: Iterable[Length], size_s: float, grid_s: int, first: int = 0) -> Iterator[Shard]:
    """Divide recordings, in their order, into shards that are numbered from the first on."""
    pieces: list[Piece] = []
    held_s = 0.0
    for one in lengths:
        for piece in _pieces(one, size_s, grid_s):
            pieces.append(piece)
            held_s += piece.sound_s + FILE_S
            if held_s >= size_s:
                yield Shard(first, tuple(pieces))
                first, pieces, held_s = first + 1, [], 0.0
    if pieces:
        yield Shard(first, tuple(pieces))


def _cost_s(one: Length) -> float:
    return (UNKNOWN_S if one.duration_s is None else one.duration_s) + FILE_S


def _pieces(one: Length, size_s: float, grid_s: int) -> Iterator[Piece]:
    length_s = UNKNOWN_S if one.duration_s is None else one.duration_s
    step_s = max(1, round(size_s / grid_s)) * grid_s
    if not one.can_cut or length_s < 2 * step_s:
        yield Piece(one.path, PieceSpan(), length_s)
        return
    begin_s = 0
    while length_s - begin_s >= 2 * step_s:
        yield Piece(one.path, PieceSpan(begin_s, begin_s + step_s), float(step_s))
        begin_s += step_s
    yield Piece(one.path, PieceSpan(begin_s, None), length_s - begin_s)
