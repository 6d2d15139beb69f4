"""Running a source from start to finish: the one way in which all commands process a source."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from whipbird.engine.detector import ScoreTap
from whipbird.engine.pipeline import RING_S, Pipeline
from whipbird.engine.report_rules import ReportRules
from whipbird.engine.worker import Worker
from whipbird.errors import SourceError
from whipbird.events.reports import Notice, Report, Summary
from whipbird.models.model import Model
from whipbird.sources.base import Source

__all__ = ["RunOutcome", "low_rate_notices", "release", "run_source"]

POLL_S = 0.25
PATIENCE_S = 5.0  # for a source's thread to end
ENOUGH = 0.9  # of a model's own rate


@dataclass(frozen=True)
class RunOutcome:
    """How a run of a source ended.

    Attributes
    ----------
    summary : Summary
    failure : SourceError or None
        Why the source broke off, or could not be processed, if that is so; it has been reported.
    crash : BaseException or None
        What was raised in processing, if anything was.
    """

    summary: Summary
    failure: SourceError | None
    crash: BaseException | None


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
    rules: Sequence[ReportRules] | None = None,
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
    models, publish, channel, labels, limit_s, taps, worker, ring_s, rules
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
        pipeline = Pipeline(source, models, publish, channel, labels, limit_s, taps, worker, ring_s, rules)
        attach(pipeline)
        pipeline.start()
        _follow(pipeline, poll, poll_s, patience_s)
        released = release(pipeline)
        return RunOutcome(pipeline.summary(), pipeline.failure, pipeline.crash)
    finally:
        if released:
            source.close()


def release(pipeline: Pipeline) -> bool:
    """Wait for the source's thread, but not for long; returns whether the source can be closed."""
    # A pipe without data is blocked in a system call, and is left open.
    return pipeline.release(PATIENCE_S if pipeline.source.live or pipeline.source.path is not None else POLL_S)


def _follow(pipeline: Pipeline, poll: Callable[[Pipeline], None], poll_s: float, patience_s: float) -> None:
    """Wait until a pipeline has ended."""
    give_up_s = math.inf
    while time.monotonic() < give_up_s and not pipeline.wait(poll_s):
        poll(pipeline)
        if pipeline.stopping:
            give_up_s = min(give_up_s, time.monotonic() + patience_s)


def low_rate_notices(source: Source, models: Sequence[Model]) -> list[Notice]:
    """Notices about models that were made for much higher rates than a source has.

    A rate of 44.1 instead of 48 kHz lacks only the top of the band, which says little.
    """
    return [
        Notice(
            f"{source.name}: a rate of {source.rate_hz} Hz contains nothing above {source.rate_hz // 2} Hz; "
            f"{card.name} was made for {card.sample_rate_hz} Hz and will be less reliable"
        )
        for card in (model.card for model in models)
        if source.rate_hz < ENOUGH * card.sample_rate_hz
    ]
