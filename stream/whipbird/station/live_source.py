"""A live source of a station: a microphone or a feed on its own thread, opened again whenever it fails.

Microphones and feeds handle interrupted sound themselves (`whipbird.sources`). This module handles the remaining
failures: a source that cannot be opened, and anything that breaks down. After a pause, longer each time, a new
pipeline starts. The time between the two pipelines is reported as a separate segment that holds only a gap.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from whipbird.audio.clock import Clock
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.report_rules import ReportRules
from whipbird.engine.run import low_rate_notices
from whipbird.engine.worker import Worker
from whipbird.errors import WhipbirdError, error_text
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice, Opening, Report, Summary
from whipbird.models.model import Model
from whipbird.sources.base import Source
from whipbird.station.listening_hours import ListeningHours
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.schema import SourceSettings
from whipbird.station.source_tracker import SourceTracker
from whipbird.station.station_source import StationSource
from whipbird.system.backoff import Backoff
from whipbird.system.elapsed import elapsed_s

if TYPE_CHECKING:
    from whipbird.sources.microphone import Microphone

__all__ = ["LiveSource"]

PAUSES_S = (1.0, 60.0)  # between attempts: the first, and the longest
STABLE_S = 60.0  # after a pipeline has run this long, the next pause is the first one again
PATIENCE_S = 10.0  # for a source to end
NOT_AVAILABLE, BROKEN, CHANGED = "not there", "broke down", "settings changed"  # reasons of gaps
HOURS_POLL_S = 1.0  # between looks at the clock during off hours
MIN_CORRECTION_S = 0.001  # smaller corrections of times are ignored


class LiveSource(StationSource):
    """A microphone or a feed; sound that was received before `stop` is still processed.

    Its times are in ``zone``, or the system's time zone if it is None. It listens in its ``hours``, by default always.
    """

    def __init__(
        self,
        settings: SourceSettings,
        models: Sequence[Model],
        worker: Worker,
        hub: ReportHub,
        tracker: SourceTracker,
        zone: tzinfo | None,
        rules: Sequence[ReportRules] | None = None,
        hours: ListeningHours | None = None,
    ) -> None:
        super().__init__(settings, models, worker, hub, tracker, rules)
        self._zone = zone
        self._hours = hours or ListeningHours((), zone, None)
        self._off = False  # off hours have begun
        self._reason = CHANGED  # of the next gap
        self._microphone: Microphone | None = None  # the last one
        self._reported: set[str] = set()  # failures reported in this outage
        self._notices: set[str] = set()
        self._concluding = threading.Lock()
        self._concluded = False
        self._busy = threading.Event()  # some sound may still have to be processed after `stop`

    def wait(self, timeout_s: float) -> bool:
        """Wait until all sound is processed; a source that is still being opened has none, and is not waited for."""
        until_s = time.monotonic() + timeout_s
        while self._thread.is_alive() and time.monotonic() < until_s:
            self._thread.join(0.05)
            if self._stop.is_set() and not self._busy.is_set():
                return True
        return self.ended

    def _run(self) -> None:
        pauses = Backoff(*PAUSES_S)
        while not self._stop.is_set():
            if not self._hours.listens(datetime.now(UTC)):
                self._rest()
                continue
            started_s = time.monotonic()
            if self._listen():
                if self._off:
                    continue
                break
            if time.monotonic() - started_s >= STABLE_S:
                pauses.reset()
            pauses.wait(self._stop.is_set)
        self.conclude()

    def _rest(self) -> None:
        """Wait for the hours in which the source listens."""
        begin = self._hours.next_begin(datetime.now(UTC))
        until = "" if begin is None else f"until {begin.astimezone(self._zone):%H:%M}"
        self._report_end(*self.tracker.rest(until))
        self._reported.clear()
        while not (self._stop.wait(HOURS_POLL_S) or self._hours.listens(datetime.now(UTC))):
            pass
        self._off = False
        if not self._stop.is_set():
            self.tracker.wake()

    def conclude(self) -> None:
        """Report an outage that has not ended; after that, another source may use the tracker."""
        with self._concluding:
            if self._concluded:
                return
            self._concluded = True
            self._report_end(*self.tracker.finish())

    def _report_end(self, outage_s: float, since_s: float) -> None:
        """Report an outage that ends with the hours, or with the source."""
        if outage_s > 0:
            self._report_outage(outage_s, _wall_time(since_s), 0, 0, None)

    def _listen(self) -> bool:
        """Listen once; returns whether the source ended or was stopped."""
        source = self._new_source()
        try:
            source.open()
        except Exception as error:
            self._fail(error, NOT_AVAILABLE)
            return False
        source.name, source.zone = self.settings.name, self._zone
        if self._stop.is_set():
            source.close()
            return False
        self._busy.set()
        try:
            outcome = self._listen_to(source, PATIENCE_S)
            in_order = self._stop.is_set() or self._off or (outcome.failure is None and not source.live)
            self.tracker.end(None if in_order else self._reason_of(outcome.failure))
            self._hub.publish(outcome.summary)
            if in_order:
                return True
            self._reason = BROKEN
            self._report_failure(outcome.failure)
        except Exception as error:
            self._fail(error, BROKEN)
        finally:
            self._busy.clear()
        return False

    def _poll(self, pipeline: Pipeline) -> None:
        self._off = not self._hours.listens(datetime.now(UTC))
        if self._off:
            pipeline.stop()
        super()._poll(pipeline)

    def _attach(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        for notice in low_rate_notices(pipeline.source, self._models):
            if notice.text not in self._notices:
                self._notices.add(notice.text)
                self._hub.publish(notice)
        super()._attach(pipeline)

    def _publish(self, report: Report) -> None:
        """Pass on a report of the pipeline."""
        if isinstance(report, Opening):
            self._start_segment(report)
        elif isinstance(report, Detection):
            correction_s = self.tracker.correction_s()
            if report.time is not None and abs(correction_s) > MIN_CORRECTION_S:
                report = replace(report, time=Clock(report.time).at(correction_s))
            self.tracker.count(report)
        elif isinstance(report, Notice) and report.problem:
            if not self._stop.is_set():
                return  # reported when the pipeline has ended, see `_report_failure`
            report = Notice(report.text)
        self._hub.publish(report)

    def _start_segment(self, opening: Opening) -> None:
        """Note that the first sound of a pipeline has been received."""
        now = datetime.now(UTC)
        start = opening.start or now
        started_s = elapsed_s() - (now - start).total_seconds()
        outage_s = self.tracker.start(self._pipeline, started_s)
        if outage_s > 0:
            self._report_outage(
                outage_s,
                start.astimezone(UTC) - timedelta(seconds=outage_s),
                opening.rate_hz,
                opening.channels,
                opening.channel,
            )
        if self._reported:
            self._reported.clear()
            self._hub.notify(f"{self.settings.name}: is back, {outage_s:.1f} s lost")

    def _report_outage(
        self, outage_s: float, start: datetime, rate_hz: int, channels: int, channel: int | None
    ) -> None:
        name = self.settings.name
        self._hub.publish(
            Opening(name, None, rate_hz, channels, channel, start.astimezone(self._zone), "live", datetime.now(UTC), ())
        )
        self._hub.publish(GapReport(name, 0.0, outage_s, self._reason))
        self._hub.publish(Summary(name, 0.0, outage_s, 0, 0.0, None, None))

    def _new_source(self) -> Source:
        settings = self.settings
        if settings.feed is not None:
            from whipbird.sources.feed import Feed

            source: Source = Feed(settings.feed)
            source.name = settings.name
            return source
        from whipbird.sources.devices import rescan
        from whipbird.sources.microphone import Microphone

        if self._reported:
            with contextlib.suppress(WhipbirdError):
                rescan()
        device = None if settings.microphone == "default" else settings.microphone
        known = None if self._microphone is None else self._microphone.device
        self._microphone = Microphone(known or device, settings.channel_number, settings.rate)
        return self._microphone

    def _fail(self, error: Exception, reason: str) -> None:
        if self._stop.is_set():
            return
        self._reason = reason
        self.tracker.fail(self._reason_of(error))
        self._report_failure(error)

    def _report_failure(self, error: Exception | None) -> None:
        text = self._reason_of(error)
        if text not in self._reported:
            self._reported.add(text)
            self._hub.notify(f"{self.settings.name}: {text}; trying again until it is back", problem=True)

    def _reason_of(self, error: Exception | None) -> str:
        """Describe a failure without the name of the source."""
        if error is None:
            return "has ended"
        return error_text(error).removeprefix(f"{self.settings.name}: ")


def _wall_time(moment_s: float) -> datetime:
    """Time of day of a moment of `elapsed_s`."""
    return datetime.now(UTC) - timedelta(seconds=elapsed_s() - moment_s)
