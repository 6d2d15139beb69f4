"""Samples that a program has in memory, or hands over piece by piece."""

from __future__ import annotations

import threading

from whipbird.arrays import Floats
from whipbird.audio.ring import Ring
from whipbird.sources.base import Notify, Source
from whipbird.sources.ring_writer import write_to_ring

__all__ = ["NAME", "Chunks", "Samples"]

NAME = "samples"


class Samples(Source):
    """An array of samples, shape (n, channels), which is processed as fast as possible."""

    def __init__(self, samples: Floats, rate_hz: int) -> None:
        super().__init__(NAME, live=False, rate_hz=rate_hz, channels=samples.shape[1], paced=False)
        self._samples = samples
        self.duration_s = len(samples) / rate_hz

    def open(self) -> None:
        pass

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        position = 0

        def read(count: int) -> Floats:
            nonlocal position
            block = self._samples[position : position + count]
            position += len(block)
            return block

        write_to_ring(self.name, read, lambda: len(self._samples), self.rate_hz, ring, stop)


class Chunks(Source):
    """Sound whose blocks the thread that processes it writes to the ring itself, see `PulledRun.reports`."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        super().__init__(NAME, live=False, rate_hz=rate_hz, channels=channels)

    @property
    def is_fed(self) -> bool:
        """False: who hands over the sound knows when it pauses."""
        return False
