"""Process a recording, or a piece of one, at full speed.

If sound is lost in a piece (the recording breaks off, or samples are not finite), `NeedsWholeRecording` says that the
recording must be processed as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial

from whipbird.audio.clock import Clock
from whipbird.audio.resample import LEAD_S
from whipbird.engine.detector import ScoredHop, ScoreTap
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.run import run_source
from whipbird.engine.species_choice import EVERY_SPECIES, SpeciesChoice, shared_rules
from whipbird.engine.window_taps import embedding_tap, score_tap, together
from whipbird.errors import SourceError
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice, Report
from whipbird.events.window_vector import WindowVector
from whipbird.models.model import Model
from whipbird.scan.shards import WHOLE, PieceSpan
from whipbird.scan.workers.boundaries import PieceBoundaries, warm_up_s
from whipbird.sources.replay import Replay

__all__ = ["NeedsWholeRecording", "RecordingResult", "process_recording"]


class NeedsWholeRecording(Exception):
    """Sound is lost in a piece; the recording must be processed as a whole."""


@dataclass
class RecordingResult:
    """Result of a recording or a piece.

    Attributes
    ----------
    rate_hz, channels : int
    clock : Clock
    detections : list of Detection
        In the order in which they were reported.
    windows : list of Detection
        Scores of windows that reach their threshold, if they are wanted.
    embeddings : list of WindowVector
        Of windows, if the models give them.
    gaps : list of GapReport
    heard_s, lost_s, below_trigger_s : float
        Seconds of sound; for a piece, its planned length.
    problem : str
        Why the recording broke off, or what of it could not be read; empty if all was.
    notice : str
        What else a person should know, such as channels that cancel out; empty if there is nothing.
    """

    rate_hz: int
    channels: int
    clock: Clock
    detections: list[Detection] = field(default_factory=list)
    windows: list[Detection] = field(default_factory=list)
    embeddings: list[WindowVector] = field(default_factory=list)
    gaps: list[GapReport] = field(default_factory=list)
    heard_s: float = 0.0
    lost_s: float = 0.0
    below_trigger_s: float = 0.0
    problem: str = ""
    notice: str = ""


def process_recording(
    path: str,
    models: Sequence[Model],
    channel: int | None = None,
    labels: Collection[str] | None = None,
    zone: tzinfo | None = None,
    span: PieceSpan = WHOLE,
    windows: bool = False,
    species: SpeciesChoice = EVERY_SPECIES,
) -> RecordingResult:
    """Process a recording or a piece of one.

    Parameters
    ----------
    path : str
    models : sequence of Model
    channel : int or None
        Channel to listen to, counted from 1; None mixes all.
    labels : collection of str, optional
        Report these only.
    zone : tzinfo, optional
        Time zone of a recording that does not give its own.
    span : PieceSpan
        The whole recording by default.
    windows : bool
        Whether the scores of windows are wanted.
    species : SpeciesChoice
        Report these only.

    Raises
    ------
    SourceError
        If the recording cannot be opened.
    NeedsWholeRecording
        If sound is lost in a piece.
    """
    source = Replay(path, None, zone, span.begin_s)
    try:
        source.open()
    except SourceError as error:
        if span.is_whole:
            raise
        raise NeedsWholeRecording from error
    result = RecordingResult(source.rate_hz, source.channels, source.clock)
    boundaries = [] if span.is_whole else [PieceBoundaries(model, *_planned(models, span)) for model in models]

    def publish(report: Report) -> None:
        if isinstance(report, Detection):
            result.detections.append(report)
        elif isinstance(report, GapReport):
            result.gaps.append(report)
        elif isinstance(report, Notice) and not report.problem:
            result.notice = report.text

    def find_boundaries(own: PieceBoundaries, hop: ScoredHop) -> None:
        own(hop)
        if all(model_boundaries.closed for model_boundaries in boundaries):
            pipelines[0].stop_here()

    chosen = None if labels is None else frozenset(labels)
    rules = shared_rules(species, tuple(models))
    begin_s, end_s = _planned(models, span)

    def within(tap: ScoreTap, hop: ScoredHop) -> None:
        if (begin_s is None or hop.heard_s > begin_s) and (end_s is None or hop.heard_s <= end_s):
            tap(hop)

    def taps_of(number: int, model: Model) -> Iterator[ScoreTap]:
        if windows:
            yield partial(within, score_tap(model, rules[number], source, chosen, result.windows.append))
        if model.settings.embeds:
            yield partial(within, embedding_tap(model, source, result.embeddings.append))
        if boundaries:
            yield partial(find_boundaries, boundaries[number])

    taps = [list(taps_of(number, model)) for number, model in enumerate(models)]
    pipelines: list[Pipeline] = []
    outcome = run_source(
        source,
        models,
        publish,
        channel,
        chosen,
        rules=rules,
        taps=[together(own) for own in taps] if any(taps) else None,
        attach=pipelines.append,
    )
    pipelines.clear()  # it holds what refers to it: megabytes for each piece, until garbage is collected
    if outcome.crash is not None:
        raise outcome.crash
    failure = outcome.failure
    if span.is_whole:
        summary = outcome.summary
        result.heard_s, result.lost_s, result.below_trigger_s = summary.heard_s, summary.lost_s, summary.below_trigger_s
        result.problem = "" if failure is None else str(failure)
        return result
    if result.gaps or failure is not None:
        raise NeedsWholeRecording
    boundaries_of = {model.card.name: own for model, own in zip(models, boundaries, strict=True)}
    result.detections = [found for found in result.detections if boundaries_of[found.model].owns(found)]
    until_s = max(0, span.begin_s - LEAD_S) + outcome.summary.heard_s if span.end_s is None else span.end_s
    result.heard_s = until_s - span.begin_s
    return result


def _planned(models: Sequence[Model], span: PieceSpan) -> tuple[float | None, float | None]:
    """Planned boundaries of a piece; None at the start and the end of the recording.

    A window belongs to a piece if it ends between them.
    """
    lead_s = 0.0 if span.is_whole else warm_up_s(models)
    return span.begin_s + lead_s if span.begin_s else None, None if span.end_s is None else span.end_s + lead_s
