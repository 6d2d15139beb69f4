"""Shards: recordings divided into portions of some minutes of work, so that neither the scheduler nor a core waits.

A shard holds neighbouring recordings. Long recordings are cut into pieces (see `whipbird.scan.workers.boundaries`) if
reading from their middle gives the same samples bit for bit and if they are as long as their header says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["WHOLE", "Length", "Piece", "PieceSpan", "Shard", "divide", "shard_size_s"]

LARGEST_S = 12 * 3600.0  # sound in a shard: a minute or so of work for a small model
SMALLEST_S = 300.0
SHARDS_PER_WORKER = 8  # at least, if there is enough sound
FILE_COST_S = 2.0  # opening a file costs about as much as processing this many seconds
UNKNOWN_S = 600.0  # assumed length of a recording whose header does not give one


class Length(NamedTuple):
    """A recording as `divide` sees it; ``duration_s`` is None if its header does not give it."""

    path: str
    duration_s: float | None
    can_cut: bool


class Piece(NamedTuple):
    """A recording or a piece of one, and its seconds of sound."""

    path: str
    span: PieceSpan
    sound_s: float


@dataclass(frozen=True, slots=True)
class PieceSpan:
    """Start and end of a piece, in seconds on the grid of `whipbird.scan.workers.boundaries`; None is the end."""

    begin_s: int = 0
    end_s: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.begin_s == 0 and self.end_s is None


WHOLE = PieceSpan()


@dataclass(frozen=True, slots=True)
class Shard:
    """Pieces that are processed as one task."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def sound_s(self) -> float:
        return sum(piece.sound_s for piece in self.pieces)


def shard_size_s(lengths: Iterable[Length], workers: int) -> float:
    """Seconds of sound in a shard for this number of workers, including the costs of opening files."""
    total_s = sum(_cost_s(length) for length in lengths)
    return min(max(total_s / (SHARDS_PER_WORKER * max(1, workers)), SMALLEST_S), LARGEST_S)


def divide(lengths: Iterable[Length], size_s: float, grid_s: int | None, first: int = 0) -> Iterator[Shard]:
    """Divide recordings, in their order, into shards numbered from ``first`` on."""
    pieces: list[Piece] = []
    held_s = 0.0
    for length in lengths:
        for piece in _pieces(length, size_s, grid_s):
            pieces.append(piece)
            held_s += piece.sound_s + FILE_COST_S
            if held_s >= size_s:
                yield Shard(first, tuple(pieces))
                first, pieces, held_s = first + 1, [], 0.0
    if pieces:
        yield Shard(first, tuple(pieces))


def _cost_s(length: Length) -> float:
    return (UNKNOWN_S if length.duration_s is None else length.duration_s) + FILE_COST_S


def _pieces(length: Length, size_s: float, grid_s: int | None) -> Iterator[Piece]:
    sound_s = UNKNOWN_S if length.duration_s is None else length.duration_s
    step_s = max(1, round(size_s / grid_s)) * grid_s if grid_s else 0
    if not step_s or not length.can_cut or sound_s < 2 * step_s:
        yield Piece(length.path, PieceSpan(), sound_s)
        return
    begin_s = 0
    while sound_s - begin_s >= 2 * step_s:
        yield Piece(length.path, PieceSpan(begin_s, begin_s + step_s), float(step_s))
        begin_s += step_s
    yield Piece(length.path, PieceSpan(begin_s, None), sound_s - begin_s)
