"""The moments of an archive that are most like an example."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from whipbird.arrays import Floats
from whipbird.search.nearest import nearest
from whipbird.search.vectors import Shard

__all__ = ["Hit", "best_hits"]

SPARE = 10  # times as many windows are looked at as moments are wanted: several windows may show one moment
LEAST_WINDOWS = 200


@dataclass(frozen=True)
class Hit:
    """A moment.

    Attributes
    ----------
    similarity : float
        Cosine to what is searched for, or a measure that grows with it.
    recording : str
    start_s, end_s : float
        The window, in seconds from the start of the recording.
    shard : str
        Name of the file that its embedding is in.
    """

    similarity: float
    recording: str
    start_s: float
    end_s: float
    shard: str


def best_hits(shards: Iterable[Shard], queries: Floats, count: int) -> list[Hit]:
    """The most similar moments, the best first; windows that overlap or touch a more similar one are left out."""
    wanted = max(LEAST_WINDOWS, SPARE * count)
    windows: list[Hit] = []
    for shard in shards:
        rows, cosines = nearest(shard, queries, wanted)
        for row, cosine in zip(rows.tolist(), cosines.tolist(), strict=True):
            own = shard.rows[row]
            name = shard.names[own["recording"]]
            windows.append(Hit(cosine, name, float(own["start_s"]), float(own["end_s"]), shard.name))
        windows = heapq.nlargest(wanted, windows, key=lambda hit: hit.similarity)
    hits: list[Hit] = []
    for one in windows:
        if len(hits) == count:
            break
        if not any(
            one.recording == hit.recording and one.start_s <= hit.end_s and hit.start_s <= one.end_s for hit in hits
        ):
            hits.append(one)
    return hits
