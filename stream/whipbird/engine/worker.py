"""The worker: one thread that runs the detectors of any number of sources.

It takes what has come from each source, a chunk at most, so that no source holds up the others. It gives all blocks
that are ready to the front end and to the network as one batch, because a call costs as much as the work for several
streams. The size of the batches follows the load: while the worker is busy, more blocks become ready. Where there are
several sources, the worker also waits a moment after the first block is ready, so that others become ready as well
(`GATHER_S`): a delay that no person notices, for a half to a tenth of the calls.

One thread is enough: the networks are small, the interpreter lock lets no two threads run Python at once, and a second
core is left to the sources' threads, which decode.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from whipbird.arrays import Floats
from whipbird.audio.ring import Signal
from whipbird.engine.detector import Detector, score_batch
from whipbird.events.detection import Detection

__all__ = ["CallingWorker", "Worker"]

WAIT_S = 0.25  # a little longer than a pipeline waits for sound
GATHER_S = 0.01


class Workload(Protocol):
    """What the worker needs of a `whipbird.engine.pipeline.Pipeline`."""

    @property
    def ended(self) -> bool: ...

    @property
    def detectors(self) -> list[Detector]: ...

    def advance(self) -> bool: ...

    def report(self, detections: Sequence[Detection]) -> None: ...

    def fail(self, error: BaseException) -> None: ...


class Worker:
    """Runs the detectors of pipelines, which join and leave while it works.

    Its thread ends when no pipeline is left, and another thread starts with the next pipeline. An error in the work for
    one pipeline fails only that pipeline; an error in a network or front end, all pipelines whose blocks it processed.

    Attributes
    ----------
    signal : Signal
        Wakes it.
    """

    def __init__(self) -> None:
        self.signal = Signal()
        self._pipelines: tuple[Workload, ...] = ()
        self._lock = threading.Lock()  # of the tuple, and of whether there is a thread
        self._running = False

    def add(self, pipeline: Workload) -> None:
        """Work for another pipeline, until it has ended."""
        with self._lock:
            self._pipelines = (*self._pipelines, pipeline)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="worker", daemon=True).start()
        self.signal.set()

    def _run(self) -> None:
        try:
            while pipelines := self._active():
                if not self._advance(pipelines) and self.signal.wait(WAIT_S) and len(pipelines) > 1:
                    time.sleep(GATHER_S)
        except BaseException as error:  # otherwise, all pipelines would wait for a thread that is gone
            with self._lock:
                left, self._pipelines, self._running = self._pipelines, (), False
            for pipeline in left:
                pipeline.fail(error)

    def _active(self) -> tuple[Workload, ...]:
        """Pipelines that have not ended."""
        with self._lock:
            self._pipelines = tuple(pipeline for pipeline in self._pipelines if not pipeline.ended)
            self._running = bool(self._pipelines)
            return self._pipelines

    def _advance(self, pipelines: tuple[Workload, ...]) -> bool:
        """Process all sound that has come; returns whether there was any."""
        moved = [pipeline for pipeline in pipelines if pipeline.advance()]
        while batches := self._batches(moved):
            for batch in batches:
                self._process(batch)
        return bool(moved)

    def _process(self, batch: list[tuple[Workload, Detector, Floats]]) -> None:
        try:
            scores = score_batch([(detector, block) for _, detector, block in batch])
        except Exception as error:  # of what they share
            for pipeline, _, _ in batch:
                pipeline.fail(error)
            return
        for (pipeline, detector, _), own in zip(batch, scores, strict=True):
            if pipeline.ended:  # it has failed with another model
                continue
            try:
                pipeline.report(detector.apply_scores(own))
            except Exception as error:
                pipeline.fail(error)

    def _batches(self, pipelines: Sequence[Workload]) -> list[list[tuple[Workload, Detector, Floats]]]:
        """Blocks that are ready, divided by network and number of hops."""
        batches = defaultdict(list)
        for pipeline in pipelines:
            try:
                for detector in pipeline.detectors:
                    block = detector.next_block()
                    if block is not None:  # the first block has some sound before its first hop
                        key = id(detector.network), len(block), detector.is_new
                        batches[key].append((pipeline, detector, block))
            except Exception as error:
                pipeline.fail(error)
        return list(batches.values())


class CallingWorker(Worker):
    """A worker without a thread: the caller of `step` does the work."""

    def add(self, pipeline: Workload) -> None:
        """Work for another pipeline, until it has ended."""
        with self._lock:
            self._pipelines = (*self._pipelines, pipeline)

    def step(self) -> bool:
        """Process all sound that has come; returns whether there was any."""
        return self._advance(self._active())
