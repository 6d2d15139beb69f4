"""Progress over several recordings: which one is processed, and how much time is left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from whipbird.engine.pipeline import Pipeline
from whipbird.sources.base import Source
from whipbird.text import clock_time

__all__ = ["Progress"]

CERTAIN_S = 2.0  # no time is shown before this


class Progress:
    """Follows a session through its recordings. The time left is estimated from the sizes of the files.

    Parameters
    ----------
    sources : sequence of Source
        Recordings, in the order in which they are processed.
    clock_s : callable
        Monotonic time in seconds.
    """

    def __init__(self, sources: Sequence[Source], clock_s: Callable[[], float] = time.monotonic) -> None:
        self._sizes = [_size(source) for source in sources]
        self._clock_s = clock_s
        self._started_s = clock_s()
        self._done = 0  # bytes of the recordings before the current one
        self._number = 0  # of the current recording, from 1
        self._pipeline: Pipeline | None = None

    def next(self) -> None:
        """The next recording is about to be opened."""
        if self._number:
            self._done += self._sizes[self._number - 1]
        self._number += 1
        self._pipeline = None

    def follow(self, pipeline: Pipeline) -> None:
        """The current recording is processed by this pipeline."""
        self._pipeline = pipeline

    def describe(self) -> tuple[list[str], float]:
        """``27 of 60`` and ``0:03:20 left``, as parts of a line, and the share done; safe on any thread."""
        done = self._done + self._share() * self._sizes[max(0, self._number - 1)]
        share = done / (sum(self._sizes) or 1)
        parts = [f"{self._number} of {len(self._sizes)}"]
        elapsed_s = self._clock_s() - self._started_s
        if share and elapsed_s >= CERTAIN_S:
            parts.append(f"{clock_time(elapsed_s * (1 - share) / share)} left")
        return parts, share

    def _share(self) -> float:
        """Share of the current recording that is processed."""
        pipeline = self._pipeline
        if pipeline is None or not pipeline.source.duration_s:
            return 0.0
        return min(1.0, pipeline.position / (pipeline.source.rate_hz * pipeline.source.duration_s))


def _size(source: Source) -> int:
    try:
        return os.path.getsize(source.path or "")
    except OSError:  # reported when it is opened
        return 0
