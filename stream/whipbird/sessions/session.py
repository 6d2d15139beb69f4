"""A session: processes one source after the other; reports go to the screen or standard output, and to outputs.

Ctrl-C and SIGTERM end the session cleanly: it reads no more sound, processes what is in the ring, and prints the
summary. A second Ctrl-C ends it at once.
"""

from __future__ import annotations

import contextlib
import gc
import math
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from whipbird.engine.detector import ScoreTap
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.report_rules import ReportRules
from whipbird.engine.run import low_rate_notices, run_source
from whipbird.engine.species_choice import EVERY_SPECIES
from whipbird.engine.window_taps import embedding_tap, score_tap, together
from whipbird.errors import source_error
from whipbird.events.detection import Detection
from whipbird.events.reports import Notice, Opening, Report, Summary
from whipbird.models.model import Model
from whipbird.sessions.progress import Progress
from whipbird.sessions.shutdown import Interrupted, Shutdown
from whipbird.sessions.totals import Totals
from whipbird.sinks.files.file_publisher import FilePublisher, OutputFile
from whipbird.sinks.publisher import OutputPublisher, Publisher, Sink, close_all, reason_of
from whipbird.sources.base import Notify, Source
from whipbird.system.standard_streams import READER_GONE
from whipbird.terminal.json_lines import JsonLines
from whipbird.terminal.lines import NAME_WIDTH, PlainLines, PrintedReport, ProblemLines, as_line
from whipbird.terminal.printing import say
from whipbird.text import listed

if TYPE_CHECKING:
    from whipbird.sessions.dashboard import Dashboard
    from whipbird.sinks.files.embedding_files import EmbeddingFolder

__all__ = ["INCOMPLETE", "REFRESH_S", "Session"]

INCOMPLETE = 1  # exit code: something could not be processed
POLL_S = 0.25  # of the thread that only waits ...
REFRESH_S = 0.1  # ... or that draws the dashboard
RING_S = 10.0  # how late processing may be before sound is lost
HINT_S = 2.0  # after which the end of a session says what it waits for
PATIENCE_S = 5.0  # how long the end of a session waits for a stuck output or source
MOST_LABELS = 20  # that a line names
MOST_LISTED = 100  # labels; of more, only their number is shown
SHOWN = 1000  # latest lines that are printed after the dashboard has closed


class Session:
    """Listens to sources, one after the other.

    Parameters
    ----------
    output : str
        ``dashboard``, ``plain`` or ``json``.
    channel : int or None
        Channel to listen to, counted from 1; None mixes all.
    labels : collection of str, optional
        Report only these.
    rules : sequence of ReportRules, optional
        One for each model.
    live : bool
        Whether the sources are live.
    files : sequence of OutputFile
        Files that get all reports.
    tap : callable, optional
        Gets each report as soon as it is made, on any thread.
    others : sequence of callable
        Make further outputs; each is called with ``live`` and a function that shows a notice.
    progress : Progress, optional
        Follows the sources, if there are several recordings.
    windows : OutputFile, optional
        Gets the scores of each window that reach their threshold, as events.
    embeddings : EmbeddingFolder, optional
        Gets the embedding of each window.

    Attributes
    ----------
    interrupted : int
        Number of the signal that ended it, or 0.
    listened : bool
        Whether a source has been opened.
    stuck : bool
        Whether the reader of an output has stopped reading, so that a thread waits forever.
    """

    def __init__(
        self,
        models: Sequence[Model],
        output: str,
        channel: int | None,
        labels: frozenset[str] | None,
        live: bool,
        files: Sequence[OutputFile] = (),
        tap: Callable[[Report], None] = lambda report: None,
        others: Sequence[Callable[[bool, Notify], OutputPublisher]] = (),
        progress: Progress | None = None,
        rules: Sequence[ReportRules] | None = None,
        windows: OutputFile | None = None,
        embeddings: EmbeddingFolder | None = None,
    ) -> None:
        self.listened = self.stuck = False
        self._models = models
        self._channel = channel
        self._labels = labels
        self._rules = rules or EVERY_SPECIES.rules(models)
        self._output = output
        self._live = live
        self._tap = tap
        self._progress = progress
        self._shutdown = Shutdown(self._stop)
        self._pipeline: Pipeline | None = None
        self._source_count = 0
        self._totals = Totals()
        self._failures = 0
        self._shown: deque[PrintedReport] = deque(maxlen=SHOWN)  # printed after the dashboard has closed
        self._dashboard: Dashboard | None = None
        sinks: list[Sink] = []
        if output == "dashboard":
            from rich.console import Console

            from whipbird.sessions.dashboard import Dashboard

            self._dashboard = Dashboard(Console(), progress)
            sinks = [self._dashboard]
        else:
            sinks = [JsonLines(sys.stdout) if output == "json" else PlainLines(sys.stdout), ProblemLines(sys.stderr)]
        self._publisher = Publisher(sinks, live)
        self._outputs: list[OutputPublisher] = [
            *(FilePublisher(file, live, self.notify) for file in files),
            *(opener(live, self.notify) for opener in others),
        ]
        self._windows = None if windows is None else FilePublisher(windows, live, self.notify)
        if self._windows is not None:
            self._outputs.append(self._windows)
        self._embeddings = embeddings

    def run(self, sources: Iterable[Source], duration_s: float | None = None) -> int:
        """Listen to all sources, for up to ``duration_s`` seconds of each, and return the exit code."""
        gc.freeze()  # imported objects stay, so the collector need not scan them
        with self._shutdown:
            with self._dashboard or contextlib.nullcontext():
                self._listen_to_all(sources, duration_s)
                if self._source_count > 1:
                    self._publish(self._totals.summary())
                if self._embeddings is not None:
                    self._embeddings.close()
                ended = self._close_outputs()
            self.stuck = not close_all([self._publisher], self._patience_s) or not ended
        names = (report.shown_name for report in self._shown if isinstance(report, Detection))
        width = max(map(len, names), default=0)
        for report in self._shown:
            if isinstance(report, Notice):
                say(report.text)
            else:
                print(as_line(report, max(NAME_WIDTH, width)))
        return self._exit_code()

    @property
    def interrupted(self) -> int:
        return self._shutdown.signal

    @property
    def ending(self) -> bool:
        """Whether the session ends before its sources do."""
        return bool(self.interrupted) or self._publisher.failure is not None

    def notify(self, text: str, problem: bool = False) -> None:
        """Show a notice; ``problem`` if sound could not be processed."""
        if problem:
            self._failures += 1
        self._show(Notice(text, problem))

    def _listen_to_all(self, sources: Iterable[Source], duration_s: float | None) -> None:
        for source in sources:
            self._source_count += 1
            if self.ending:
                return
            if self._progress is not None:
                self._progress.next()
            try:
                self._shutdown.open_source(source, duration_s)
                self.listened = True
                self._listen_to(source, duration_s)
            except Interrupted:
                self._summarise_unopened(source)
                return
            except Exception as error:  # whatever it is, it must not affect the other sources
                self._failures += 1
                self._publish(Notice(str(source_error(error, source.name)), problem=True))
                self._summarise_unopened(source)

    def _listen_to(self, source: Source, duration_s: float | None) -> None:
        outcome = run_source(
            source,
            self._models,
            self._publish,
            self._channel,
            self._labels,
            limit_s=duration_s,
            taps=self._taps(source),
            ring_s=RING_S,
            rules=self._rules,
            attach=self._attach,
            poll=self._poll,
            poll_s=POLL_S if self._dashboard is None else REFRESH_S,
        )
        self._failures += outcome.failure is not None
        self._summarise(outcome.summary)

    def _taps(self, source: Source) -> list[ScoreTap] | None:
        """What each model's windows go to, if they go anywhere."""
        if self._windows is None and self._embeddings is None:
            return None
        return [
            together(list(self._taps_of(model, rules, source)))
            for model, rules in zip(self._models, self._rules, strict=True)
        ]

    def _taps_of(self, model: Model, rules: ReportRules, source: Source) -> Iterator[ScoreTap]:
        if self._windows is not None:
            yield score_tap(model, rules, source, self._labels, self._windows.publish)
        if self._embeddings is not None:
            yield embedding_tap(model, source, self._embeddings.add)

    def _attach(self, pipeline: Pipeline) -> None:
        for notice in low_rate_notices(pipeline.source, self._models):
            self._publish(notice)
        if self._output == "plain" and pipeline.source.path is None:
            self.notify(self._what_is_heard(pipeline.source))
        if self._dashboard is not None:
            self._dashboard.show(pipeline)
        if self._progress is not None:
            self._progress.follow(pipeline)
        for output in self._outputs:
            output.attach(pipeline.running)
        self._pipeline = pipeline
        if self.interrupted:  # before there was a pipeline to stop
            pipeline.stop()

    def _what_is_heard(self, source: Source) -> str:
        """Which sound is listened to, and for which labels."""
        known = [
            (rules.names, label)
            for rules in self._rules
            for label in rules.names.card.debounce
            if self._labels is None or label in self._labels
        ]
        if len(known) > MOST_LISTED:
            return f"listening to {source.name} for {len(known):,} labels; Ctrl-C ends"
        labels = listed([names.shown(label) for names, label in known], MOST_LABELS)
        return f"listening to {source.name} for {labels}; Ctrl-C ends"

    def _poll(self, pipeline: Pipeline) -> None:
        if self._dashboard is not None:
            self._dashboard.refresh()
        if self._publisher.failure is not None:
            pipeline.stop()

    def _summarise(self, summary: Summary) -> None:
        self._totals.add(summary)
        self._publish(summary)

    def _publish(self, report: Report) -> None:
        if isinstance(report, Detection):
            self._totals.delays.append(report.delay_s)
        self._show(report)
        self._publish_to_outputs(report)

    def _show(self, report: Report) -> None:
        if self._dashboard is not None and isinstance(report, PrintedReport):
            self._shown.append(report)
        self._publisher.publish(report)

    def _publish_to_outputs(self, report: Report) -> None:
        self._tap(report)
        for output in self._outputs:
            if output is not self._windows or isinstance(report, Opening):
                output.publish(report)

    @property
    def _patience_s(self) -> float | None:
        return PATIENCE_S if self._live or self.interrupted else None

    def _summarise_unopened(self, source: Source) -> None:
        """Publish an empty summary; on standard output only as JSON, whose reader expects one for each source."""
        summary = Summary(source.name, 0.0, 0.0, 0, 0.0, None, None)
        if self._output == "json":
            self._summarise(summary)
        else:
            self._publish_to_outputs(summary)

    def _stop(self) -> None:
        for publisher in (self._publisher, *self._outputs):
            publisher.give_up_after(PATIENCE_S)
        if self._pipeline is not None:
            self._pipeline.stop()

    def _close_outputs(self) -> bool:
        """Close the outputs; says what it waits for, on the dashboard too. Returns whether all have ended."""
        ended: list[bool] = []
        closing = threading.Thread(target=lambda: ended.append(close_all(self._outputs, self._patience_s)), daemon=True)
        closing.start()
        hint_s = time.monotonic() + HINT_S
        while closing.is_alive():
            closing.join(REFRESH_S)
            if time.monotonic() >= hint_s and not self.interrupted:  # after which it ends soon
                hint_s = math.inf
                for output in self._outputs:
                    if output.waiting:
                        self.notify(f"waiting for {output.waiting}; Ctrl-C ends this")
            if self._dashboard is not None and self.listened:
                self._dashboard.refresh()
        return all(ended)

    def _exit_code(self) -> int:
        failure = self._publisher.failure
        if failure is not None and not isinstance(failure, BrokenPipeError):
            say(f"output failed: {reason_of(failure)}")
        elif self._publisher.dropped:
            say(f"{self._publisher.dropped} lines were dropped: the output was too slow, or could not show them")
        for output in self._outputs:
            if output.lost:
                say(output.loss)
            if output.rest:
                say(output.rest)
            if output.withheld:
                say(f"{output.name}: {output.withheld} clips were withheld, because somebody speaks in them")
        if isinstance(failure, BrokenPipeError):
            return READER_GONE
        if failure or self._failures or self._publisher.dropped:
            return INCOMPLETE
        return INCOMPLETE if any(output.lost or output.rest for output in self._outputs) else 0
