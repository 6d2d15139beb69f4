"""Running a source from start to finish: the one way in which all commands process a source."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from whipbird.engine.detector import ScoreTap
from whipbird.engine.pipeline import RING_S, Pipeline
from whipbird.engine.worker import Worker
from whipbird.errors import SourceError
from whipbird.events.reports import Notice, Report, Summary
from whipbird.models.model import Model
from whipbird.sources.base import Source

__all__ = ["RunOutcome", "low_rate_notices", "run_source"]

POLL_S = 0.25
PATIENCE_S = 5.0  # for a source's thread to end


@dataclass(frozen=True)
class RunOutcome:
    """How a run of a source ended.

    Attributes
    ----------
    summary : Summary
    failure : Exception or None
        A `SourceError` if the source broke off; any other exception is a bug.
    """

    summary: Summary
    failure: Exception | None

    def broke_off(self) -> SourceError | None:
        """Why the source broke off, if it did; any other failure is raised."""
        if self.failure is None or isinstance(self.failure, SourceError):
            return self.failure
        raise self.failure


def run_source(
    source: Source,
    models: Sequence[Model],
    publish: Callable[[Report], None],
    channel: int | None = None,
    labels: frozenset[str] | None = None,
    *,
    limit_s: float | None = None,
    taps: Sequence[ScoreTap] | None = None,
    worker: Worker | None = None,
    ring_s: float = RING_S,
    attach: Callable[[Pipeline], None] = lambda pipeline: None,
    poll: Callable[[Pipeline], None] = lambda pipeline: None,
    poll_s: float = POLL_S,
    patience_s: float = math.inf,
) -> RunOutcome:
    """Process a source until it ends, breaks off or is stopped, and close it.

    Parameters
    ----------
    source : Source
        Opened.
    models, publish, channel, labels, limit_s, taps, worker, ring_s
        As for `Pipeline`.
    attach : callable
        Gets the pipeline before it starts.
    poll : callable
        Gets the pipeline every `poll_s` seconds while it runs, and may stop it.
    patience_s : float
        How long to wait for a pipeline after it has been stopped.

    Raises
    ------
    SourceError
        If the source has no such channel.
    """
    released = True
    try:
        pipeline = Pipeline(source, models, publish, channel, labels, limit_s, taps, worker, ring_s)
        attach(pipeline)
        pipeline.start()
        crash = _follow(pipeline, poll, poll_s, patience_s)
        # A pipe without data is blocked in a system call, and is left open.
        released = pipeline.release(PATIENCE_S if source.live or source.path is not None else POLL_S)
        return RunOutcome(pipeline.summary(), crash or pipeline.failure)
    finally:
        if released:
            source.close()


def _follow(pipeline: Pipeline, poll: Callable[[Pipeline], None], poll_s: float, patience_s: float) -> Exception | None:
    """Wait until a pipeline has ended; return the error that made it fail, if any."""
    crash: Exception | None = None
    give_up_s = math.inf
    while time.monotonic() < give_up_s and not (crash is not None and pipeline.ended):
        try:
            if pipeline.wait(poll_s):
                break
        except Exception as error:
            crash = error
            pipeline.stop()
            give_up_s = min(give_up_s, time.monotonic() + 2 * PATIENCE_S)
        poll(pipeline)
        if pipeline.stopping:
            give_up_s = min(give_up_s, time.monotonic() + patience_s)
    return crash


def low_rate_notices(source: Source, models: Sequence[Model]) -> list[Notice]:
    """Notices about models that were made for higher rates than a source has."""
    return [
        Notice(
            f"{source.name}: a rate of {source.rate_hz} Hz contains nothing above {source.rate_hz // 2} Hz; "
            f"{card.name} was made for {card.sample_rate_hz} Hz and will be less reliable"
        )
        for card in (model.card for model in models)
        if source.rate_hz < card.sample_rate_hz
    ]
