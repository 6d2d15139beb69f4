"""Exact search in vectors of int8: the rows with the highest cosine to one of some queries.

With usearch (extra ``search``), whose kernels compare bytes as they are; without it, by matrix products of blocks,
which gives the same rows in several times the time.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats, Integers
from whipbird.search.vectors import Shard, quantised

__all__ = ["has_usearch", "nearest"]

BLOCK = 4096  # rows


def nearest(shard: Shard, queries: Floats, count: int, fast: bool | None = None) -> tuple[Integers, Floats]:
    """The rows of a shard that are most like a query, the best first.

    Parameters
    ----------
    shard : Shard
    queries : array, shape (queries, size)
    count : int
        Number of rows for each query.
    fast : bool, optional
        Whether usearch is used; by default, if it is installed.

    Returns
    -------
    rows : array of int, shape (n,)
        Each once.
    cosines : array of float, shape (n,)
        The highest to any query, between -1 and 1.
    """
    count = min(count, len(shard.vectors))
    own = quantised(queries)
    use = has_usearch() if fast is None else fast
    rows, cosines = (_by_usearch if use else _by_numpy)(shard, own, count)
    order = np.argsort(-cosines, kind="stable")
    unique, first = np.unique(rows[order], return_index=True)
    best = cosines[order][first]
    ranked = np.lexsort((unique, -best))
    return unique[ranked], best[ranked]


def has_usearch() -> bool:
    """Whether usearch is installed; a folder of this name is not enough."""
    try:
        import usearch.index  # noqa: F401
    except ImportError:
        return False
    return True


def _by_usearch(shard: Shard, queries: np.ndarray, count: int) -> tuple[Integers, Floats]:
    from usearch.index import search

    found = search(shard.vectors, queries, count, metric="cos", exact=True, threads=0)
    rows = np.asarray(found.keys, np.int64).ravel()
    return rows, (1 - np.asarray(found.distances, np.float32)).ravel()


def _by_numpy(shard: Shard, queries: np.ndarray, count: int) -> tuple[Integers, Floats]:
    own = queries.astype(np.float32)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    rows, cosines = [], []
    for first in range(0, len(shard.vectors), BLOCK):
        block = shard.vectors[first : first + BLOCK].astype(np.float32) @ own.T
        block /= shard.rows["length"][first : first + BLOCK, None]
        for column in block.T:
            best = np.argpartition(-column, min(count, len(column)) - 1)[:count]
            rows.append(first + best)
            cosines.append(column[best])
    return np.concatenate(rows), np.concatenate(cosines)
