"""Record from a source as ``whipbird listen`` does, and note when each sample arrived."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.audio.gap import Gap
from whipbird.audio.ring import Ring
from whipbird.errors import SourceError, source_error
from whipbird.sources.base import Source

__all__ = ["Recorder"]

RING_S = 30.0
WAIT_S = 0.05


class Recorder:
    """Records from a source, on threads of its own. Use it as a context manager.

    Parameters
    ----------
    source : Source
        Open.
    channel : int
        Channel to record, counted from 1.

    Attributes
    ----------
    lost : int
        Number of samples that were lost; they are recorded as zeros.
    """

    def __init__(self, source: Source, channel: int) -> None:
        self.lost = 0
        self._source = source
        self._channel = channel
        self._ring = Ring(round(RING_S * source.rate_hz), source.channels)
        self._reader = self._ring.reader()
        self._stop = threading.Event()
        self._pieces: list[Floats] = []
        self._ends: list[int] = []  # number of samples that had arrived ...
        self._times_s: list[float] = []  # ... at these times
        self._failure: SourceError | None = None
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._run_source, self._record)]

    def __enter__(self) -> Recorder:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(RING_S)

    def _run_source(self) -> None:
        try:
            self._source.run(self._ring, self._stop, lambda text: None)
        except Exception as error:
            self._failure = source_error(error, self._source.name)
        finally:
            self._ring.close()

    def _record(self) -> None:
        while not self._reader.finished:
            item = self._reader.read(self._source.rate_hz)
            if item is None:
                self._reader.wait(WAIT_S)
                continue
            if isinstance(item, Gap):
                self.lost += len(item)
                item = np.zeros((len(item), self._source.channels), np.float32)
            self._pieces.append(choose_channel(item, self._channel))
            self._ends.append(self.count + len(item))
            self._times_s.append(time.monotonic())

    @property
    def count(self) -> int:
        """Number of samples that have arrived."""
        return self._ends[-1] if self._ends else 0

    def wait_for(self, count: int, timeout_s: float) -> bool:
        """Wait until ``count`` samples have arrived; returns False after ``timeout_s``, or if the source has ended."""
        deadline_s = time.monotonic() + timeout_s
        while self.count < count and time.monotonic() < deadline_s and not self._ring.closed:
            time.sleep(WAIT_S)
        return self.count >= count

    def recording(self) -> Floats:
        """All samples so far, shape (n,).

        Raises
        ------
        SourceError
            If the source has failed.
        """
        if self._failure is not None:
            raise self._failure
        return np.concatenate(self._pieces) if self._pieces else np.empty(0, np.float32)

    def arrival_s(self, sample: int) -> float:
        """When a sample was available for processing, by `time.monotonic`."""
        return self._times_s[min(bisect_left(self._ends, sample + 1), len(self._times_s) - 1)]
