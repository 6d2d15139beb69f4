"""Shards: recordings divided into portions of some minutes of work, so that neither the scheduler nor a core waits.

A shard holds neighbouring recordings. Long recordings are cut into pieces (see `whipbird.scan.workers.boundaries`) if
reading from their middle gives the same samples bit for bit and if they are as long as their header says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["WHOLE", "Length", "Piece", "PieceSpan", "Shard", "divide"]

LARGEST_S = 12 * 3600.0  # sound in a shard: a minute or so of work for a small model
SMALLEST_S = 300.0
SHARDS_PER_WORKER = 3  # that the sound that is left would give
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


def divide(lengths: Sequence[Length], workers: int, grid_s: int | None, first: int = 0) -> Iterator[Shard]:
    """Divide recordings, in their order, into shards numbered from ``first`` on.

    A shard holds a share of the work that is left then, so they become smaller towards the end, and all workers finish
    at about the same time.
    """
    left_s = sum(_cost_s(length) for length in lengths)
    pieces: list[Piece] = []
    size_s, held_s = _size_s(left_s, workers), 0.0
    for length in lengths:
        begin_s: int | None = 0
        while begin_s is not None:
            piece = _piece(length, begin_s, size_s - held_s, grid_s)
            pieces.append(piece)
            held_s += piece.sound_s + FILE_COST_S
            if held_s >= size_s:
                yield Shard(first, tuple(pieces))
                left_s -= held_s
                first, pieces, size_s, held_s = first + 1, [], _size_s(left_s, workers), 0.0
            begin_s = piece.span.end_s
    if pieces:
        yield Shard(first, tuple(pieces))


def _size_s(left_s: float, workers: int) -> float:
    """Sound in the next shard."""
    return min(max(left_s / (SHARDS_PER_WORKER * max(1, workers)), SMALLEST_S), LARGEST_S)


def _cost_s(length: Length) -> float:
    return _sound_s(length) + FILE_COST_S


def _sound_s(length: Length) -> float:
    return UNKNOWN_S if length.duration_s is None else length.duration_s


def _piece(length: Length, begin_s: int, wanted_s: float, grid_s: int | None) -> Piece:
    """The next piece of a recording, of about the wanted length; the rest if little more would remain."""
    left_s = _sound_s(length) - begin_s
    if grid_s is not None and length.can_cut:
        step_s = max(1, round(max(wanted_s, SMALLEST_S) / grid_s)) * grid_s
        if left_s - step_s >= SMALLEST_S / 2:
            return Piece(length.path, PieceSpan(begin_s, begin_s + step_s), float(step_s))
    return Piece(length.path, PieceSpan(begin_s, None), left_s)
