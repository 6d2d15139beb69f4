"""A folder of a station: its recordings are processed one after the other, each once, as in `whipbird.watch`.

The events of a recording are written to files exactly once, when the whole recording has been processed. Other outputs
get events as they are detected. Outputs that are far behind are given time to catch up before the next recording.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from whipbird.engine.pipeline import Pipeline
from whipbird.engine.report_rules import ReportRules
from whipbird.engine.worker import Worker
from whipbird.errors import error_text, source_error
from whipbird.events.detection import Detection
from whipbird.events.reports import Notice, Report, Summary
from whipbird.models.model import Model
from whipbird.sources.base import Source
from whipbird.station.health import State
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.schema import SourceSettings
from whipbird.station.source_tracker import SourceTracker
from whipbird.station.station_source import StationSource
from whipbird.system.backoff import Backoff
from whipbird.watch.arrivals import Arrivals
from whipbird.watch.delivery import Delivery
from whipbird.watch.fingerprint import listening_fingerprint
from whipbird.watch.ledger import Ledger
from whipbird.watch.plan import WatchPlan
from whipbird.watch.watcher import Watcher

__all__ = ["FolderSource"]

PAUSES_S = (1.0, 60.0)  # after an unexpected error: the first pause, and the longest
POLL_S = 0.25
MAX_IDLE_S = 120.0  # longest time without progress in a recording or a look through the folder


class FolderSource(StationSource):
    """Processes the recordings of a folder; one that is cut off by `stop` is processed again the next time.

    It has its own ledger, since other sources may process the same recordings with other settings. ``zone`` is the
    time zone of recordings that do not specify one, and the one in which all their times are reported; if it is None,
    these are the system's and the recordings' own.
    """

    def __init__(
        self,
        settings: SourceSettings,
        models: Sequence[Model],
        worker: Worker,
        hub: ReportHub,
        tracker: SourceTracker,
        ledger: Path,
        zone: tzinfo | None,
        rules: Sequence[ReportRules] | None = None,
    ) -> None:
        super().__init__(settings, models, worker, hub, tracker, rules)
        self._files = hub.files
        self._ledger = ledger
        self._plan = WatchPlan(settings.settle or WatchPlan.settle_s, settings.sweep or WatchPlan.sweep_s, zone=zone)
        self._active_s = time.monotonic()

    @property
    def is_active(self) -> bool:
        """Whether the source is still making progress: it looks through the folder or processes a recording."""
        return time.monotonic() - self._active_s < MAX_IDLE_S

    def _run(self) -> None:
        pauses = Backoff(*PAUSES_S)
        reported = ""
        while not self._stop.is_set():
            try:
                self._watch()
            except Exception as error:
                text = error_text(error)
                self.tracker.show(State.AWAY, problem=text)
                if text != reported:
                    reported = text
                    self._hub.notify(f"{self.settings.name}: {text}; trying again", problem=True)
                pauses.wait(self._stop.is_set)

    def _watch(self) -> None:
        assert self.settings.folder is not None
        with contextlib.ExitStack() as stack:
            ledger = Ledger(
                self._ledger,
                listening_fingerprint(self._models, self.settings.channel_number, self._labels, self._rules),
                list(self._files),
            )
            stack.callback(ledger.close)
            arrivals = Arrivals([self.settings.folder], True, self._hub.notify)
            stack.callback(arrivals.close)
            delivery = Delivery(ledger, self._files, self._hub.notify, self._ending, self._hub.station)
            self._watcher = Watcher(self._plan, arrivals, delivery)
            for source in self._watcher.sources():
                self._process(source)
                while self._hub.is_crowded and not self._stop.wait(POLL_S):
                    self._active_s = time.monotonic()

    def _ending(self) -> bool:
        """Whether the source is to end; called repeatedly while no recording is processed."""
        self._active_s = time.monotonic()
        if os.path.isdir(self.settings.folder or ""):
            self.tracker.show(State.WAITING)
        else:
            self.tracker.show(State.AWAY, problem="folder not found")
        return self._stop.is_set()

    def _process(self, source: Source) -> None:
        """Process one recording as far as it can be read."""
        try:
            source.open()
            if source.zone is not None:
                source.clock = source.clock.in_zone(source.zone)
            self._position = -1
            outcome = self._listen_to(source)
            self.tracker.record(outcome.summary)
            self._publish(outcome.summary)
        except Exception as error:  # whatever it is, it must not affect the other recordings
            self._publish(Notice(str(source_error(error, source.name)), problem=True))
            self._publish(Summary(source.name, 0.0, 0.0, 0, 0.0, None, None))

    def _attach(self, pipeline: Pipeline) -> None:
        self.tracker.show(State.HEARING, os.path.basename(pipeline.source.name))
        super()._attach(pipeline)

    def _poll(self, pipeline: Pipeline) -> None:
        if pipeline.position != self._position:
            self._position, self._active_s = pipeline.position, time.monotonic()
        super()._poll(pipeline)

    def _publish(self, report: Report) -> None:
        self._watcher.collect(report)
        if isinstance(report, Detection):
            self.tracker.count(report)
        self._hub.publish(report, with_files=False)
