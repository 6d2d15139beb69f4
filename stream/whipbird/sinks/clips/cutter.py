"""What belongs to a clip: events of one label, with sound before and behind them.

An event of the same label and model that is reported before the sound of a clip is over, and whose own clip would
overlap it, shares it, unless it became too long. Clips of different labels are cut apart, also where they overlap, so
that each label has its own.

A clip is cut once the source has been heard for a while beyond its end, when all events that may share it have been
reported. So the same sound gives the same clips at every speed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from whipbird.audio.ring import Signal
from whipbird.events.detection import Detection
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.clips.history import History
from whipbird.sources.base import RunningSource

__all__ = ["LONGEST_S", "ClipSpan", "Cutter", "Margins", "join"]

LONGEST_S = 30.0  # of a clip, without what is before and behind; of a longer event, its end
SETTLE_S = 3.0  # so far the source is heard beyond a clip before it is cut
HISTORY_BYTES = 64 << 20  # for many channels at high rates, clips are as long as this lasts
WAKE_S = 0.5


@dataclass(frozen=True)
class Margins:
    """Seconds of sound before and behind an event."""

    before_s: float = 2.0
    after_s: float = 2.0


@dataclass(frozen=True)
class ClipSpan:
    """A clip that is not cut yet, in seconds from the start of the source."""

    begin_s: float
    end_s: float
    events: tuple[Detection, ...]


def join(spans: list[ClipSpan], event: Detection, margins: Margins) -> list[ClipSpan]:
    """Spans in the order of their begin, with one more event, which has joined one of them or has its own."""
    begin_s, end_s = event.begin_s - margins.before_s, event.end_s + margins.after_s
    longest_s = LONGEST_S + margins.before_s + margins.after_s
    for place, span in enumerate(spans):
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
            return sorted([*spans[:place], joined, *spans[place + 1 :]], key=lambda span: span.begin_s)
    # Of a long event the beginning is gone.
    return sorted([*spans, ClipSpan(max(begin_s, end_s - longest_s), end_s, (event,))], key=lambda span: span.begin_s)


class Cutter:
    """Cuts clips out of one source, which has not started yet; ``signal`` is set when there is something to read."""

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
        self._kept = min(round(kept_s * source.rate_hz), HISTORY_BYTES // (4 * source.channels))
        self._spans: list[ClipSpan] = []

    @property
    def heard(self) -> int | None:
        """Samples processed; events up to some moments before have been reported. None if nothing more will come."""
        return self._running.processed()

    def take(self, event: Detection) -> None:
        """An event of this source."""
        self._spans = join(self._spans, event, self._margins)

    def advance(self, heard: int | None) -> list[Clip]:
        """Read what has come, and cut what is due; all of it if ``heard`` is None."""
        self._history.fill()
        self._reader.want(self._wake)
        if heard is None:
            due, self._spans = self._spans, []
        else:
            settled_s = heard / self._rate_hz - SETTLE_S
            due = [span for span in self._spans if span.end_s <= settled_s]
            self._spans = [span for span in self._spans if span.end_s > settled_s]
        clips = [clip for span in due if (clip := self._cut(span)) is not None]
        if heard is not None:
            self._history.forget(heard - self._kept)
        return clips

    def drop(self) -> None:
        """No more clips: a source does not wait for this any longer."""
        self._reader.hold = False

    def _cut(self, span: ClipSpan) -> Clip | None:
        rate_hz = self._rate_hz
        best = max(span.events, key=lambda event: event.score)
        begin, samples, lost = self._history.cut(
            round(span.begin_s * rate_hz), round(best.peak_s * rate_hz), round(span.end_s * rate_hz)
        )
        if len(samples) == 0:
            return None
        return Clip(samples, rate_hz, begin / rate_hz, span.events, lost, self._running.channel)
