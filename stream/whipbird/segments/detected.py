"""Segments of events in a database or a scan, balanced over their scores, to listen to.

Of each label, as many events as possible come from each tenth of the scores, so that it can be heard from which score
on most events are right.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from whipbird.activity.recorded_events import RecordedEvents
from whipbird.errors import DataError
from whipbird.recordings.short_names import short_names
from whipbird.segments.segment import Segment, check_labels
from whipbird.text import counted, listed

__all__ = ["balanced", "event_segments"]

BANDS = 10  # of scores
MOST_NAMED = 3  # recordings in a line


def event_segments(
    recordings: Iterable[RecordedEvents], margin_s: float, problem: Callable[[str], None]
) -> list[Segment]:
    """The events of all recordings that are still there.

    Parameters
    ----------
    problem : callable
        Gets a line about recordings that are gone.

    Raises
    ------
    DataError
        If there are none, or if labels differ only in case.
    """
    files = {one.path: one.detections for one in recordings if one.path is not None and one.detections}
    if not files:
        raise DataError("no events of recordings are selected; those of live sources have clips only with --clips")
    there = [path for path in files if os.path.exists(path)]
    if len(there) < len(files):
        gone = [path for path in files if path not in set(there)]
        problem(f"{counted(len(gone), 'recording')} no longer there: {listed(gone, MOST_NAMED)}")
    check_labels(list({event.label for path in there for event in files[path]}))
    names = short_names([Path(path) for path in there])
    return [
        Segment(path, name, event.label, event.begin_s, event.end_s, margin_s, event.score, event.model)
        for path, name in zip(there, names, strict=True)
        for event in files[path]
    ]


def balanced(segments: Iterable[Segment], count: int, seed: int) -> list[Segment]:
    """Up to ``count`` segments of each label, drawn evenly from tenths of the scores."""
    rng = random.Random(seed)
    labels: dict[str, dict[int, list[Segment]]] = {}
    for one in segments:
        assert one.score is not None
        band = min(int(one.score * BANDS), BANDS - 1)
        labels.setdefault(one.label, {}).setdefault(band, []).append(one)
    return [one for _, bands in sorted(labels.items()) for one in _drawn(bands, count, rng)]


def _drawn(bands: Mapping[int, list[Segment]], count: int, rng: random.Random) -> list[Segment]:
    """One segment of each band after the other, until there are enough."""
    waiting = [rng.sample(bands[band], len(bands[band])) for band in sorted(bands, reverse=True)]
    drawn: list[Segment] = []
    while len(drawn) < count and any(waiting):
        drawn += [band.pop() for band in waiting if band][: count - len(drawn)]
    return drawn
