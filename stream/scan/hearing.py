"""Hearing a recording, or a piece of one, as fast as it goes: in one thread, with blocks as large as they can be.

What it gives is what `stream.pipeline` gives, bit for bit, as long as nothing is lost: the same chunks are resampled,
the same blocks are heard. Where something is lost (a recording that breaks off, samples that are none), a whole
recording is given to the pipeline, which knows what to do; of a piece, `Uneven` tells that it must be heard whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

import numpy as np

from stream.clock import Clock
from stream.detection import Detection
from stream.detector import Detector, Floats, hear_together
from stream.errors import SourceError
from stream.metadata.start import recording_clock
from stream.model import Model
from stream.pipeline import BLOCK_HOPS, BLOCK_S, Pipeline, choose_channel
from stream.report import GapReport, Report
from stream.resample import LEAD_S, Resampler
from stream.scan.seam import Seams, lead_s
from stream.sources.base import LOUDEST
from stream.sources.recording import Recording
from stream.sources.replay import Replay
from stream.timings import Timings

__all__ = ["Heard", "Span", "Uneven", "hear"]

READ_S = 8  # read at once ...
READ_BYTES = 16 << 20  # ... but no more than this, for many channels at high rates
PATIENCE_S = 5.0  # for a source to end


class Uneven(Exception):
    """Something is lost in a piece; the recording must be heard as a whole."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a recording: seconds from its start, on the grid of `stream.scan.seam`; None is its end."""

    begin_s: int = 0
    end_s: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.begin_s == 0 and self.end_s is None


@dataclass
class Heard:
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


def hear(
    path: str,
    models: Sequence[Model],
    channel: int | None = None,
    labels: Collection[str] | None = None,
    zone: tzinfo | None = None,
    span: Span = Span(),
    timings: Timings | None = None,
) -> Heard:
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
    span : Span
    timings : Timings, optional
        Where the stages' times are added.

    Raises
    ------
    SourceError
        If nothing of it can be heard.
    Uneven
        If something is lost in a piece.
    """
    chosen = None if labels is None else frozenset(labels)
    try:
        return _hear_straight(path, models, channel, chosen, zone, span, timings or Timings())
    except Uneven:
        if not span.is_whole:
            raise
    return _hear_with_pipeline(path, models, channel, chosen, zone)


def _hear_straight(
    path: str,
    models: Sequence[Model],
    channel: int | None,
    labels: frozenset[str] | None,
    zone: tzinfo | None,
    span: Span,
    timings: Timings,
) -> Heard:
    recording = Recording(path)
    try:
        rate = recording.rate_hz
        _check_channel(path, channel, recording.channels)
        duration_s = None if recording.promised is None else recording.promised / rate
        heard = Heard(rate, recording.channels, recording_clock(path, duration_s, zone))
        first = (span.begin_s - LEAD_S) * rate if span.begin_s else 0
        if not span.is_whole and not recording.can_seek:
            raise Uneven
        if first:
            _seek(recording, first)
        resamplers = {
            hz: Resampler(rate, hz, span.begin_s) for hz in dict.fromkeys(model.card.sample_rate_hz for model in models)
        }
        seams = [_seams(model, models, span) for model in models]
        detectors = [
            Detector(
                model,
                path,
                rate,
                heard.clock,
                timings,
                labels=labels,
                tap=None if span.is_whole else seam,
                block=BLOCK_HOPS,
                hops=span.begin_s * model.card.sample_rate_hz // model.card.hop,
            )
            for model, seam in zip(models, seams, strict=True)
        ]
        position = first
        for chunk in _chunks(recording, channel):
            position += len(chunk)
            timings.start()
            resampled = {hz: resampler.push(chunk) for hz, resampler in resamplers.items()}
            timings.lap("resampling")
            for detector, model, seam in zip(detectors, models, seams, strict=True):
                if not seam.closed or span.end_s is None:
                    found = _push(detector, resampled[model.card.sample_rate_hz])
                    heard.detections += seam.own(found)
            if span.end_s is not None and all(seam.closed for seam in seams):
                break
        else:
            if position == 0 or (recording.promised is not None and position < recording.promised):
                raise Uneven
            end_s = position / rate
            rests = {hz: resampler.finish() for hz, resampler in resamplers.items()}
            for detector, model, seam in zip(detectors, models, seams, strict=True):
                if not seam.closed or span.end_s is None:
                    found = detector.push(rests[model.card.sample_rate_hz])
                    heard.detections += seam.own(found + detector.finish(end_s))
        last_s = position / rate if span.end_s is None else float(span.end_s)
        heard.heard_s = last_s - span.begin_s
        return heard
    finally:
        recording.close()


def _seams(model: Model, models: Sequence[Model], span: Span) -> Seams:
    lead = lead_s(models)
    return Seams(
        model, span.begin_s + lead if span.begin_s else None, None if span.end_s is None else span.end_s + lead
    )


def _push(detector: Detector, samples: Floats) -> list[Detection]:
    detector.take(samples)
    found: list[Detection] = []
    while (frames := detector.frames()) is not None:
        found += hear_together([(detector, frames)])[0]
    return found


def _chunks(recording: Recording, channel: int | None) -> Iterator[Floats]:
    """Sound of the channel in the pipeline's chunks, each of shape (n,); the last may be shorter.

    Raises
    ------
    Uneven
        If it is damaged, or some of it is no sound.
    """
    chunk = max(1, round(BLOCK_S * recording.rate_hz))
    most = max(1, min(READ_S * chunk, READ_BYTES // (4 * recording.channels)))
    held: Floats = np.empty(0, np.float32)
    while len(sound := _read(recording, most, channel)):
        held = np.concatenate((held, sound)) if len(held) else sound
        whole = len(held) - len(held) % chunk
        for begin in range(0, whole, chunk):
            yield held[begin : begin + chunk]
        held = held[whole:]
    if len(held):
        yield held


def _read(recording: Recording, count: int, channel: int | None) -> Floats:
    try:
        block = recording.read(count)
    except SourceError as error:
        raise Uneven from error
    if not float(np.vdot(block, block)) <= LOUDEST**2:
        raise Uneven
    return choose_channel(block, channel)


def _seek(recording: Recording, sample: int) -> None:
    try:
        recording.seek(sample)
    except SourceError as error:
        raise Uneven from error


def _check_channel(path: str, channel: int | None, channels: int) -> None:
    if channel is not None and channel > channels:
        raise SourceError(f"{path}: has {channels} channels, not {channel}")


def _hear_with_pipeline(
    path: str, models: Sequence[Model], channel: int | None, labels: frozenset[str] | None, zone: tzinfo | None
) -> Heard:
    source = Replay(path, None, zone)
    source.open()
    try:
        heard = Heard(source.rate_hz, source.channels, source.clock)

        def keep(report: Report) -> None:
            if isinstance(report, Detection):
                heard.detections.append(report)
            elif isinstance(report, GapReport):
                heard.gaps.append(report)

        pipeline = Pipeline(source, models, keep, channel, labels)
        pipeline.start()
        pipeline.wait()
        pipeline.release(PATIENCE_S)
        summary = pipeline.summary()
        heard.heard_s, heard.lost_s = summary.heard_s, summary.lost_s
        heard.problem = "" if pipeline.failure is None else str(pipeline.failure)
        return heard
    finally:
        source.close()
