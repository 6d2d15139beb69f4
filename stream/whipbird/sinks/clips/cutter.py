"""Cutting clips: which events share a clip, and when it is cut.

An event joins a clip of the same label and model if it is reported before the end of the clip and its own clip would
overlap that clip, unless the result is too long. Each label has its own clips, even where clips overlap.

A clip is cut when the source has been processed up to `SETTLE_S` after its end, and all events that may join it have
been reported. The same sound therefore gives the same clips at every speed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from whipbird.audio.ring import Signal
from whipbird.events.detection import Detection
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.clips.history import History
from whipbird.sources.base import RunningSource

__all__ = ["LONGEST_S", "ClipSpan", "Cutter", "Margins", "join"]

LONGEST_S = 30.0  # of a clip without its margins; a longer event loses its start
SETTLE_S = 3.0  # processed after the end of a clip before it is cut
HISTORY_BYTES = 64 << 20  # limits the length of clips of many channels at high rates
WAKE_S = 0.5  # of new sound that wakes the thread


@dataclass(frozen=True)
class Margins:
    """Seconds of sound before and after an event."""

    before_s: float = 2.0
    after_s: float = 2.0


@dataclass(frozen=True)
class ClipSpan:
    """Extent of a clip that is not cut yet, in seconds from the start of the source."""

    begin_s: float
    end_s: float
    events: tuple[Detection, ...]


def join(spans: list[ClipSpan], event: Detection, margins: Margins) -> list[ClipSpan]:
    """Add an event to a span that it joins, or as a span of its own; returns the spans in order of their start."""
    begin_s, end_s = event.begin_s - margins.before_s, event.end_s + margins.after_s
    longest_s = LONGEST_S + margins.before_s + margins.after_s
    for index, span in enumerate(spans):
        other = span.events[0]
        joined = replace(
            span, begin_s=min(span.begin_s, begin_s), end_s=max(span.end_s, end_s), events=(*span.events, event)
        )
        if (
            (other.label, other.model) == (event.label, event.model)
            and begin_s <= span.end_s
            and span.begin_s <= end_s
            and event.reported_s <= span.end_s
            and joined.end_s - joined.begin_s <= longest_s
        ):
            return sorted([*spans[:index], joined, *spans[index + 1 :]], key=lambda span: span.begin_s)
    # A long event loses its start.
    return sorted([*spans, ClipSpan(max(begin_s, end_s - longest_s), end_s, (event,))], key=lambda span: span.begin_s)


class Cutter:
    """Cuts clips out of one source, which has not started yet; ``signal`` is set when there is sound to read."""

    def __init__(self, running: RunningSource, margins: Margins, signal: Signal) -> None:
        source, ring = running.source, running.ring
        self.name = source.name
        self._running = running
        self._margins = margins
        self._rate_hz = source.rate_hz
        self._reader = ring.reader(hold=not source.live, signal=signal)
        self._wake = max(1, min(round(WAKE_S * source.rate_hz), ring.capacity // 4))
        self._history = History(self._reader, source.rate_hz, source.channels)
        kept_s = LONGEST_S + margins.before_s + margins.after_s + SETTLE_S
        self._kept_samples = min(round(kept_s * source.rate_hz), HISTORY_BYTES // (4 * source.channels))
        self._spans: list[ClipSpan] = []

    @property
    def processed(self) -> int | None:
        """Number of samples processed; events up to shortly before have been reported. None at the end."""
        return self._running.processed()

    def add_event(self, event: Detection) -> None:
        """Add an event of this source."""
        self._spans = join(self._spans, event, self._margins)

    def advance(self, processed: int | None) -> list[Clip]:
        """Read new sound, and cut the clips that are due; all clips if ``processed`` is None."""
        self._history.fill()
        self._reader.want(self._wake)
        if processed is None:
            due, self._spans = self._spans, []
        else:
            settled_s = processed / self._rate_hz - SETTLE_S
            due = [span for span in self._spans if span.end_s <= settled_s]
            self._spans = [span for span in self._spans if span.end_s > settled_s]
        clips = [clip for span in due if (clip := self._cut(span)) is not None]
        if processed is not None:
            self._history.forget(processed - self._kept_samples)
        return clips

    def drop(self) -> None:
        """Let the source continue without waiting for this cutter."""
        self._reader.hold = False

    def _cut(self, span: ClipSpan) -> Clip | None:
        rate_hz = self._rate_hz
        best = max(span.events, key=lambda event: event.score)
        begin, samples, lost = self._history.cut(
            round(span.begin_s * rate_hz), round(best.peak_s * rate_hz), round(span.end_s * rate_hz)
        )
        if len(samples) == 0:
            return None
        return Clip(samples, rate_hz, begin / rate_hz, span.events, lost, self._running.ring.channel)
