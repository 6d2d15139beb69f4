"""Base class of a station's sources: each runs on its own thread until it is stopped."""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence

from whipbird.engine.pipeline import Pipeline
from whipbird.engine.report_rules import ReportRules
from whipbird.engine.run import RunOutcome, run_source
from whipbird.engine.species_choice import EVERY_SPECIES
from whipbird.engine.worker import Worker
from whipbird.events.reports import Report
from whipbird.models.model import Model
from whipbird.sources.base import Source
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.schema import SourceSettings
from whipbird.station.source_tracker import SourceTracker

__all__ = ["StationSource"]


class StationSource(ABC):
    """One source of a station; there are ``rules`` for each model, by default those that report everything."""

    def __init__(
        self,
        settings: SourceSettings,
        models: Sequence[Model],
        worker: Worker,
        hub: ReportHub,
        tracker: SourceTracker,
        rules: Sequence[ReportRules] | None = None,
    ) -> None:
        self.settings = settings
        self.tracker = tracker
        self._models = models
        self._worker = worker
        self._hub = hub
        self._rules = rules or EVERY_SPECIES.rules(models)
        self._labels = settings.reported([own.names for own in self._rules])
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=settings.name, daemon=True)

    def start(self) -> None:
        """Start the source's thread."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more sound."""
        self._stop.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the thread to end after `stop`; False if it does not end in this time."""
        self._thread.join(timeout_s)
        return self.ended

    def conclude(self) -> None:
        """Report an outage that has not ended."""
        return

    @property
    def ended(self) -> bool:
        """Whether the source has ended."""
        return not self._thread.is_alive()

    @abstractmethod
    def _run(self) -> None:
        """Run the source, on its thread."""

    @abstractmethod
    def _publish(self, report: Report) -> None:
        """Pass on a report of a pipeline."""

    def _attach(self, pipeline: Pipeline) -> None:
        self._hub.attach(pipeline.running)

    def _poll(self, pipeline: Pipeline) -> None:
        if self._stop.is_set():
            pipeline.stop()

    def _listen_to(self, source: Source, patience_s: float = math.inf) -> RunOutcome:
        """Process an open source to its end; see `run_source`."""
        return run_source(
            source,
            self._models,
            self._publish,
            self.settings.channel_number,
            self._labels,
            worker=self._worker,
            rules=self._rules,
            attach=self._attach,
            poll=self._poll,
            patience_s=patience_s,
        )
