"""A run of a source whose reports are asked for, one after the other, on the thread that asks.

Nothing is processed until the next report is wanted, and no thread is left when the caller stops asking. Several
threads may do so at once, each with a run of its own, and share models: a model's lock is held while it scores.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence

from whipbird.arrays import Floats
from whipbird.engine.detector import ScoreTap
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.report_rules import ReportRules
from whipbird.engine.run import release
from whipbird.engine.worker import WAIT_S, CallingWorker
from whipbird.events.reports import Report
from whipbird.models.model import Model
from whipbird.sources.base import Source
from whipbird.sources.ring_writer import write_block

__all__ = ["PulledRun"]


class PulledRun:
    """A run of a source, which can be used once.

    Parameters
    ----------
    source : Source
        Opened; it is closed at the end.
    models, channel, labels, rules, taps, limit_s
        As for `Pipeline`.

    Raises
    ------
    SourceError
        If the source has no such channel.
    """

    def __init__(
        self,
        source: Source,
        models: Sequence[Model],
        channel: int | None = None,
        labels: frozenset[str] | None = None,
        rules: Sequence[ReportRules] | None = None,
        taps: Sequence[ScoreTap] | None = None,
        limit_s: float | None = None,
    ) -> None:
        self._source = source
        self._reports: deque[Report] = deque()
        self._worker = CallingWorker()
        self._locks = [model.lock for model in sorted(models, key=id)]  # always in the same order: no deadlock
        publish = self._reports.append
        try:
            self._pipeline = Pipeline(
                source, models, publish, channel, labels, limit_s, taps, self._worker, rules=rules
            )
        except BaseException:
            source.close()
            raise

    def reports(self, blocks: Iterable[Floats] | None = None) -> Generator[Report, None, None]:
        """Process the source; yield each report when it is certain, at last the summary.

        Parameters
        ----------
        blocks : iterable of array, shape (n, channels), optional
            The sound, if the source does not bring it itself. The next block is taken when the one before it has been
            processed.

        Raises
        ------
        SourceError
            After the summary, if the source broke off or could not be processed.
        """
        pipeline = self._pipeline
        try:
            pipeline.start(fill=blocks is None)
            if blocks is not None:
                yield from self._fill(blocks)
            while not pipeline.ended:
                if not self._step():
                    self._worker.signal.wait(WAIT_S)
                yield from self._taken()
            yield from self._taken()
            yield pipeline.summary()
            if pipeline.failure is not None:
                raise pipeline.failure from pipeline.crash
        finally:
            pipeline.stop()
            if release(pipeline):
                self._source.close()

    def stop(self) -> None:
        """Take no more sound; what has come is still processed. Any thread may call this."""
        self._pipeline.stop()

    def _fill(self, blocks: Iterable[Floats]) -> Iterator[Report]:
        """Write blocks to the ring and process them; yield the reports."""
        ring = self._pipeline.ring
        piece = ring.capacity // 2  # the rest has room for what does not complete a chunk yet
        for block in blocks:
            for start in range(0, len(block), piece):
                write_block(ring, block[start : start + piece])
                while self._step():
                    yield from self._taken()
            if self._pipeline.stopping:
                break
        ring.close()

    def _step(self) -> bool:
        """Process what has come; returns whether there was any."""
        with contextlib.ExitStack() as stack:
            for lock in self._locks:
                stack.enter_context(lock)
            return self._worker.step()

    def _taken(self) -> Iterator[Report]:
        """The reports that were made since the last time."""
        while self._reports:
            yield self._reports.popleft()
