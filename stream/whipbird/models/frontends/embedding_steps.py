"""The speech embedding of a stream, chunk by chunk.

The network takes the 76 first of the 80 rows of ten chunks, and the next embedding those of nine of these and a new
one. It is made of convolutions and poolings, without padding in time, so nearly all of its inner columns are those of
the embedding before, one chunk earlier. It is cut at its poolings (`whipbird.models.runtimes.cutting`); each part gets
the new columns, and before them the last ones of its input that its convolutions reach back to. That takes less than a
quarter of the work, and the numbers are the same to the last bit. A network that is made otherwise runs whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.runtimes.batched import BatchedNetwork
from whipbird.models.runtimes.cutting import MAX_POOL, cut_after

__all__ = ["BANDS", "CHUNKS", "CHUNK_ROWS", "WIDTH", "Embedding", "State", "make_embedding"]

BANDS, CHUNK_ROWS = 32, 8  # of mel bands that a chunk becomes
CHUNKS, ROWS = 10, 76  # chunks of an embedding, and how many of their rows it uses: the first
WIDTH = 96
TRIED = 2 * CHUNKS  # chunks

State = list[Floats]  # what is kept of a stream


class Embedding(Protocol):
    """What computes embeddings."""

    def new_state(self) -> State:
        """What is kept of a new stream."""

    def push(self, states: Sequence[State], rows: Floats) -> Floats:
        """Embeddings of streams that have come one chunk further, shape (n, 8, 32) to (n, 96)."""


def make_embedding(content: bytes, path: Path) -> Embedding:
    """The embedding of a network, in steps if that gives the same.

    Raises
    ------
    BundleError
        If the network does not run here, or is another.
    """
    whole = _Whole(content, path)
    try:
        steps = _Steps(content, path)
        is_same = np.array_equal(_try(whole), _try(steps))
    except Exception:  # whatever cutting a network leads to that is made otherwise
        return whole
    return steps if is_same else whole


def _try(embedding: Embedding) -> Floats:
    """Embeddings of some made-up rows."""
    rows = np.random.default_rng(1).normal(2, 2, (TRIED, 1, CHUNK_ROWS, BANDS)).astype(np.float32)
    states = [embedding.new_state()]
    return np.concatenate([embedding.push(states, chunk) for chunk in rows][CHUNKS - 1 :])


class _Whole:
    """Computes each embedding from all rows of its ten chunks."""

    def __init__(self, content: bytes, path: Path) -> None:
        self._network = BatchedNetwork(content, (ROWS, BANDS, 1), WIDTH, path)

    def new_state(self) -> State:
        return [np.zeros((CHUNKS * CHUNK_ROWS, BANDS), np.float32)]

    def push(self, states: Sequence[State], rows: Floats) -> Floats:
        for (kept,), new in zip(states, rows, strict=True):
            kept[:-CHUNK_ROWS] = kept[CHUNK_ROWS:].copy()
            kept[-CHUNK_ROWS:] = new
        return self._network.run(np.stack([kept[:ROWS] for (kept,) in states])[..., None])


@dataclass(frozen=True)
class _Part:
    """The shapes of one part of the network.

    Attributes
    ----------
    new : int
        Columns that it gets for a chunk.
    kept : int
        Columns before them that are kept.
    taken : int
        Columns that it takes: the first of both.
    shape : tuple of int
        Of a column.
    given : int
        Numbers that it gives.
    """

    new: int
    kept: int
    taken: int
    shape: tuple[int, ...]
    given: int


PARTS = (  # each but the last has two convolutions over three columns for each two columns that are kept
    _Part(8, 8, 12, (32, 1), 4 * 16 * 24),  # the last four rows of a chunk are used with the next one
    _Part(4, 4, 8, (16, 24), 4 * 8 * 48),
    _Part(4, 4, 8, (8, 48), 2 * 4 * 72),
    _Part(2, 4, 6, (4, 72), 2 * 2 * 96),
    _Part(2, 4, 6, (2, 96), 96),
    _Part(1, 2, 3, (1, 96), WIDTH),
)


class _Steps:
    """Computes what is new with each chunk."""

    def __init__(self, content: bytes, path: Path) -> None:
        self._networks = [
            BatchedNetwork(own, (part.taken, *part.shape), part.given, path)
            for part, own in zip(PARTS, cut_after(content, MAX_POOL), strict=True)
        ]

    def new_state(self) -> State:
        return [np.zeros((part.kept, *part.shape), np.float32) for part in PARTS]

    def push(self, states: Sequence[State], rows: Floats) -> Floats:
        columns = rows
        for place, (part, network) in enumerate(zip(PARTS, self._networks, strict=True)):
            own = np.empty((len(states), part.kept + part.new, *part.shape), np.float32)
            own[:, part.kept :] = columns.reshape(len(states), part.new, *part.shape)
            for state, columns_of_one in zip(states, own, strict=True):
                columns_of_one[: part.kept] = state[place]
                state[place][:] = columns_of_one[part.new :]
            columns = network.run(own[:, : part.taken])
        return columns
