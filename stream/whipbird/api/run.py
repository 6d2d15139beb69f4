"""The one way in which the API processes a source: events are yielded, and nothing else is kept from the caller."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing

from whipbird.arrays import Floats
from whipbird.engine.detector import ScoreTap
from whipbird.engine.pulled_run import PulledRun
from whipbird.engine.report_rules import ReportRules
from whipbird.engine.run import low_rate_notices
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice, Report
from whipbird.models.model import Model
from whipbird.sources.base import Source

__all__ = ["GapReport", "OnGap", "logger", "run_events", "tell"]

OnGap = Callable[[GapReport], None]

logger = logging.getLogger("whipbird")


def run_events(
    source: Source,
    models: Sequence[Model],
    channel: int | None = None,
    labels: frozenset[str] | None = None,
    rules: Sequence[ReportRules] | None = None,
    on_gap: OnGap | None = None,
    *,
    taps: Sequence[ScoreTap] | None = None,
    blocks: Iterable[Floats] | None = None,
) -> Generator[Detection, None, None]:
    """Process an opened source on the caller's thread; yield each event when it is certain.

    Parameters are those of `PulledRun` and `tell`.

    Raises
    ------
    SourceError
        After the last event, if the source broke off or could not be processed.
    """
    run = PulledRun(source, models, channel, labels, rules, taps)
    return _events(run, source, models, on_gap, blocks)


def _events(
    run: PulledRun,
    source: Source,
    models: Sequence[Model],
    on_gap: OnGap | None,
    blocks: Iterable[Floats] | None,
) -> Generator[Detection, None, None]:
    for notice in low_rate_notices(source, models):
        tell(notice, on_gap)
    with closing(run.reports(blocks)) as reports:
        for report in reports:
            if isinstance(report, Detection):
                yield report
            else:
                tell(report, on_gap)


def tell(report: Report, on_gap: OnGap | None) -> None:
    """Pass on a report that is no event: a gap to the function for gaps, or else to the log, and notices to the log.

    Problems are raised, and not logged as well.
    """
    if isinstance(report, GapReport):
        if on_gap is not None:
            on_gap(report)
        else:
            level = logging.WARNING if report.is_lost else logging.INFO
            logger.log(level, "%s: at %.2f s: %s", report.source, report.begin_s, report.shown(2))
    elif isinstance(report, Notice) and not report.problem:
        logger.warning("%s", report.text)
