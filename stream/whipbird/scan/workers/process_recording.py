"""Hearing a recording, or a piece of one, as fast as it goes, in a scan.

Where something is lost in a piece (a recording that breaks off, samples that are no numbers), `NeedsWholeRecording`
tells that the recording must be heard as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial

from whipbird.audio.clock import Clock
from whipbird.audio.resample import LEAD_S
from whipbird.engine.detector import ScoredHop
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.run import run_source
from whipbird.errors import SourceError
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Report
from whipbird.models.model import Model
from whipbird.scan.shards import WHOLE, PieceSpan
from whipbird.scan.workers.boundaries import PieceBoundaries, warm_up_s
from whipbird.sources.replay import Replay

__all__ = ["NeedsWholeRecording", "RecordingResult", "process_recording"]


class NeedsWholeRecording(Exception):
    """Something is lost in a piece; the recording must be heard as a whole."""


@dataclass
class RecordingResult:
    """What was heard of a recording or a piece.

    Attributes
    ----------
    rate_hz, channels : int
    clock : Clock
    detections : list of Detection
        In the order in which they were reported.
    gaps : list of GapReport
    heard_s, lost_s : float
        Seconds of sound; of a piece, as far as it goes by the plan.
    problem : str
        Why it broke off; empty if it did not.
    """

    rate_hz: int
    channels: int
    clock: Clock
    detections: list[Detection] = field(default_factory=list)
    gaps: list[GapReport] = field(default_factory=list)
    heard_s: float = 0.0
    lost_s: float = 0.0
    problem: str = ""


def process_recording(
    path: str,
    models: Sequence[Model],
    channel: int | None = None,
    labels: Collection[str] | None = None,
    zone: tzinfo | None = None,
    span: PieceSpan = WHOLE,
) -> RecordingResult:
    """Hear a recording.

    Parameters
    ----------
    path : str
    models : sequence of Model
    channel : int or None
        Channel to listen to, counted from 1; None mixes all.
    labels : collection of str, optional
        Report these alone.
    zone : tzinfo, optional
        Of a recording that does not tell its own.
    span : PieceSpan

    Raises
    ------
    SourceError
        If nothing of it can be heard.
    NeedsWholeRecording
        If something is lost in a piece.
    """
    source = Replay(path, None, zone, span.begin_s)
    try:
        source.open()
    except SourceError as error:
        if span.is_whole:
            raise
        raise NeedsWholeRecording from error
    heard = RecordingResult(source.rate_hz, source.channels, source.clock)
    seams = [] if span.is_whole else [_seams(model, models, span) for model in models]

    def publish(report: Report) -> None:
        if isinstance(report, Detection):
            heard.detections.append(report)
        elif isinstance(report, GapReport):
            heard.gaps.append(report)

    def tap(seam: PieceBoundaries, hop: ScoredHop) -> None:
        seam(hop)
        if all(one.closed for one in seams):
            pipelines[0].stop()

    chosen = None if labels is None else frozenset(labels)
    pipelines: list[Pipeline] = []
    outcome = run_source(
        source, models, publish, channel, chosen, taps=[partial(tap, seam) for seam in seams], attach=pipelines.append
    )
    failure = outcome.broke_off()
    if span.is_whole:
        heard.heard_s, heard.lost_s = outcome.summary.heard_s, outcome.summary.lost_s
        heard.problem = "" if failure is None else str(failure)
        return heard
    if heard.gaps or failure is not None:
        raise NeedsWholeRecording
    seam_of = {model.card.name: seam for model, seam in zip(models, seams, strict=True)}
    heard.detections = [one for one in heard.detections if seam_of[one.model].owns(one)]
    end_s = max(0, span.begin_s - LEAD_S) + outcome.summary.heard_s if span.end_s is None else span.end_s
    heard.heard_s = end_s - span.begin_s
    return heard


def _seams(model: Model, models: Sequence[Model], span: PieceSpan) -> PieceBoundaries:
    lead = warm_up_s(models)
    return PieceBoundaries(
        model, span.begin_s + lead if span.begin_s else None, None if span.end_s is None else span.end_s + lead
    )
