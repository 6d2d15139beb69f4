"""What is counted and reported about one source: its opening, gaps, events, heartbeats and summary."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from whipbird.audio.gap import Gap, is_lost
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Heartbeat, Listener, Opening, Report, Summary, delay_percentiles
from whipbird.models.model import Model
from whipbird.sources.base import Source

__all__ = ["SourceLog"]

HEARTBEAT_S = 30.0
DELAYS_KEPT = 10_000  # the latest ones, for their percentiles


class SourceLog:
    """Counts what becomes of a source, and publishes the reports about it.

    Parameters
    ----------
    source : Source
    models : sequence of Model
    publish : callable
        Gets the reports, in order.
    channel : int or None
        Channel that is processed, counted from 1; None mixes all.
    labels : collection of str, optional
        Labels that are reported; by default all.

    Attributes
    ----------
    heard, lost, below_trigger : int
        Samples that were processed, lost, and left out by a triggered recorder, so far.
    held_back : int
        Events that were not reported, see `whipbird.engine.report_rules.HoldBack`.
    """

    def __init__(
        self,
        source: Source,
        models: Sequence[Model],
        publish: Callable[[Report], None],
        channel: int | None,
        labels: frozenset[str] | None,
    ) -> None:
        self._source = source
        self._models = models
        self._publish = publish
        self._channel = channel
        self._labels = labels
        self.heard = self.lost = self.below_trigger = self.held_back = 0
        self._events = 0
        self._delays: deque[float] = deque(maxlen=DELAYS_KEPT)
        self._started_s = self._ended_s = 0.0
        self._heartbeat_s: float | None = None  # when the next is due; None before the source has been announced

    @property
    def heard_s(self) -> float:
        """Sound that was processed so far, in seconds."""
        return self.heard / self._source.rate_hz

    @property
    def lost_s(self) -> float:
        """Sound that was lost so far, in seconds."""
        return self.lost / self._source.rate_hz

    @property
    def below_trigger_s(self) -> float:
        """Sound that a triggered recorder left out so far, in seconds."""
        return self.below_trigger / self._source.rate_hz

    def missing(self, gap: Gap) -> None:
        """Count the samples of a gap."""
        if is_lost(gap.reason):
            self.lost += len(gap)
        else:
            self.below_trigger += len(gap)

    def start(self) -> None:
        """Start the clock for the realtime factor."""
        self._started_s = time.monotonic()

    def end(self) -> None:
        """Stop the clock for the realtime factor."""
        self._ended_s = time.monotonic()

    def announce(self) -> None:
        """Report the opening, once: when the first sound has come, because a live source knows the time only then."""
        if self._heartbeat_s is not None:
            return
        self._heartbeat_s = time.monotonic() + HEARTBEAT_S
        source = self._source
        self._publish(
            Opening(
                source=source.name,
                path=source.path,
                rate_hz=source.rate_hz,
                channels=source.channels,
                channel=self._channel,
                start=source.clock.start,
                time_from=source.clock.origin,
                opened=datetime.now(UTC),
                listeners=tuple(
                    Listener(
                        model.card.name,
                        model.card.version,
                        tuple(label for label in model.card.debounce if self._labels is None or label in self._labels),
                        {label: (names.scientific, names.common) for label, names in model.card.species.items()},
                        model.card.report == "begin",
                    )
                    for model in self._models
                ),
            )
        )

    def heartbeat(self) -> None:
        """Report the progress, if a heartbeat is due."""
        if self._heartbeat_s is not None and time.monotonic() >= self._heartbeat_s:
            self._heartbeat_s = time.monotonic() + HEARTBEAT_S
            now = datetime.now(UTC)
            self._publish(Heartbeat(self._source.name, now, self.heard_s, self.lost_s, self.below_trigger_s))

    def gap(self, reason: str, start_s: float, end_s: float) -> None:
        """Report a gap, in seconds from the start of the source."""
        self._publish(GapReport(self._source.name, start_s, end_s, reason))

    def detection(self, detection: Detection) -> None:
        """Count and report an event."""
        self._events += 1
        self._delays.append(detection.delay_s)
        self._publish(detection)

    def summary(self) -> Summary:
        """Totals so far."""
        elapsed_s = (self._ended_s or time.monotonic()) - self._started_s
        delay_p50_s, delay_p95_s = delay_percentiles(self._delays)
        return Summary(
            source=self._source.name,
            heard_s=self.heard_s,
            lost_s=self.lost_s,
            events=self._events,
            realtime_factor=self.heard_s / elapsed_s if elapsed_s > 0 else 0.0,
            delay_p50_s=delay_p50_s,
            delay_p95_s=delay_p95_s,
            below_trigger_s=self.below_trigger_s,
            held_back=self.held_back,
        )
