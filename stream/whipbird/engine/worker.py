"""The worker: one thread that hears for any number of sources.

It takes what has come from each source, a chunk at most, so that none holds up the others; computes its features; and
gives all that are ready to the network as one batch, for a call of the network costs as much as the multiplications
of several streams. How many are ready decides itself: while the worker is busy, more become so, and the batches grow
with the load. Where there are several sources, it also waits a moment after the first is ready for others to be so, too
(`GATHER_S`): a delay that nobody notices, for a half to a tenth of the calls.

One thread is enough: the networks are small, the interpreter lock lets no two threads run Python at once, and a second
core is left to the sources' threads, which decode.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from whipbird.arrays import Floats
from whipbird.audio.ring import Signal
from whipbird.engine.detector import Detector, run_batch

if TYPE_CHECKING:
    from whipbird.engine.pipeline import Pipeline

__all__ = ["Worker"]

WAIT_S = 0.25  # a little longer than a pipeline waits for sound
GATHER_S = 0.01


class Worker:
    """Hears for pipelines, which join and leave while it runs.

    Its thread ends when there is none left, and another begins with the next.

    Attributes
    ----------
    signal : Signal
        Wakes it.
    """

    def __init__(self) -> None:
        self.signal = Signal()
        self._pipelines: tuple[Pipeline, ...] = ()
        self._lock = threading.Lock()  # of the tuple, and of whether there is a thread
        self._running = False

    def add(self, pipeline: Pipeline) -> None:
        """Hear for another one, until it has ended."""
        with self._lock:
            self._pipelines = (*self._pipelines, pipeline)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="worker", daemon=True).start()
        self.signal.set()

    def _run(self) -> None:
        while pipelines := self._left():
            if not self._advance(pipelines) and self.signal.wait(WAIT_S) and len(pipelines) > 1:
                time.sleep(GATHER_S)

    def _left(self) -> tuple[Pipeline, ...]:
        """Those that have not ended."""
        with self._lock:
            self._pipelines = tuple(pipeline for pipeline in self._pipelines if not pipeline.ended)
            self._running = bool(self._pipelines)
            return self._pipelines

    def _advance(self, pipelines: tuple[Pipeline, ...]) -> bool:
        """Work on all that has come; returns whether there was anything."""
        moved = False
        for pipeline in pipelines:
            moved |= pipeline.advance()
        while batches := self._batches(pipelines):
            for batch in batches:
                self._hear(batch)
        return moved

    def _hear(self, batch: list[tuple[Pipeline, Detector, Floats]]) -> None:
        try:
            heard = run_batch([(detector, frames) for _, detector, frames in batch])
        except Exception as error:  # of the network that they share
            for pipeline, _, _ in batch:
                pipeline.fail(error)
            return
        for (pipeline, _, _), detections in zip(batch, heard, strict=True):
            try:
                pipeline.report(detections)
            except Exception as error:
                pipeline.fail(error)

    def _batches(self, pipelines: tuple[Pipeline, ...]) -> list[list[tuple[Pipeline, Detector, Floats]]]:
        """What is ready, divided by network and length."""
        batches = defaultdict(list)
        for pipeline in pipelines:
            for detector in pipeline.detectors:
                frames = detector.frames()
                if frames is not None:
                    batches[id(detector.network), len(frames)].append((pipeline, detector, frames))
        return list(batches.values())
