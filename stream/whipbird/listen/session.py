"""A session: one source after the other through the pipeline, to the screen or standard output and to files.

Ctrl-C and SIGTERM end it in order: no more sound is taken, what is in the ring is heard, the summary is given. A second
Ctrl-C ends it at once.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from types import FrameType

from rich.console import Console

from whipbird.engine.pipeline import Pipeline
from whipbird.engine.run import low_rate_notices, run_source
from whipbird.errors import SourceError
from whipbird.events.detection import Detection
from whipbird.events.reports import Notice, Report, Summary, delay_percentiles
from whipbird.listen.dashboard import REFRESH_S, Dashboard
from whipbird.models.model import Model
from whipbird.sinks.files.file_publisher import FilePublisher, OutputFile
from whipbird.sinks.publisher import OutputPublisher, Publisher, Sink, Tell, close_all
from whipbird.sources.base import Source
from whipbird.terminal.json_lines import JsonLines
from whipbird.terminal.lines import PlainLines, PrintedReport, ProblemLines, as_line
from whipbird.terminal.printing import say

__all__ = ["INCOMPLETE", "Session"]

INCOMPLETE = 1  # exit code: something could not be heard
POLL_S = 0.25  # of the thread that only waits
RING_S = 10.0  # how long hearing may be late before sound is lost
PATIENCE_S = 5.0  # with an output or a source that is stuck, when it is to end
SHOWN = 1000  # latest lines that remain on the screen behind the dashboard
DELAYS = 10_000  # latest delays that are kept, for their percentiles


class Session:
    """Listens to sources, one after the other.

    Parameters
    ----------
    output : str
        ``dashboard``, ``plain`` or ``json``.
    channel : int or None
        Channel to listen to, counted from 1; None mixes all.
    labels : collection of str, optional
        Report these alone.
    live : bool
        Whether the sources are.
    files : sequence of OutputFile
        Where all reports go, too.
    tap : callable, optional
        Gets all reports, too, as soon as they are made, on any thread.
    others : sequence of callable
        Make further outputs: each gets ``live`` and what tells people something.

    Attributes
    ----------
    interrupted : int
        Number of the signal that ended it, or 0.
    stuck : bool
        Whether whoever reads the output has stopped doing so, and a thread waits for that for good.
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
        others: Sequence[Callable[[bool, Tell], OutputPublisher]] = (),
    ) -> None:
        self.interrupted = 0
        self.stuck = False
        self._models = models
        self._channel = channel
        self._labels = labels
        self._output = output
        self._live = live
        self._tap = tap
        self._opening = False
        self._pipeline: Pipeline | None = None
        self._asked = 0  # sources
        self._sum = Summary(None, 0.0, 0.0, 0, 0.0, None, None)  # of all sources so far
        self._elapsed_s = 0.0  # while they were heard
        self._delays: deque[float] = deque(maxlen=DELAYS)
        self._failures = 0
        self._shown: deque[PrintedReport] = deque(maxlen=SHOWN)  # what remains on the screen when the dashboard is gone
        self._dashboard: Dashboard | None = None
        sinks: list[Sink] = []
        if output == "dashboard":
            self._dashboard = Dashboard(Console())
            sinks = [self._dashboard]
        else:
            sinks = [JsonLines(sys.stdout) if output == "json" else PlainLines(sys.stdout), ProblemLines(sys.stderr)]
        self._publisher = Publisher(sinks, live)
        self._outputs: list[OutputPublisher] = [
            *(FilePublisher(file, live, self.tell) for file in files),
            *(opener(live, self.tell) for opener in others),
        ]

    def run(self, sources: Iterable[Source], duration_s: float | None = None) -> int:
        """Listen to all sources, for up to ``duration_s`` seconds of each, and return the exit code."""
        gc.freeze()  # what has been imported stays, and need not be searched for garbage again and again
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with self._dashboard or contextlib.nullcontext():
                self._listen_to_all(sources, duration_s)
                if self._asked > 1:
                    self._publish(self._total())
                ended = close_all(self._outputs, self._patience_s)  # the dashboard tells what is waited for
            self.stuck = not close_all([self._publisher], self._patience_s) or not ended
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        for report in self._shown:
            print(as_line(report), file=sys.stderr if isinstance(report, Notice) else sys.stdout)
        return self._exit_code()

    @property
    def ending(self) -> bool:
        """Whether it is to end before its sources do."""
        return bool(self.interrupted) or self._publisher.failure is not None

    def tell(self, text: str, problem: bool = False) -> None:
        """Tell people something; ``problem`` if it keeps sound from being heard."""
        if problem:
            self._failures += 1
        self._show(Notice(text, problem))

    def _listen_to_all(self, sources: Iterable[Source], duration_s: float | None) -> None:
        for source in sources:
            self._asked += 1
            if self.ending:
                return
            try:
                self._open(source)
                self._listen_to(source, duration_s)
            except _Interrupted:
                self._summarise_unheard(source)
                return
            except SourceError as error:
                self._failures += 1
                self._publish(Notice(str(error), problem=True))
                self._summarise_unheard(source)

    def _open(self, source: Source) -> None:
        """Open a source; a signal meanwhile raises `_Interrupted`."""
        try:
            self._opening = True
            source.open()
        finally:
            self._opening = False

    def _listen_to(self, source: Source, duration_s: float | None) -> None:
        outcome = run_source(
            source,
            self._models,
            self._publish,
            self._channel,
            self._labels,
            limit_s=duration_s,
            ring_s=RING_S,
            attach=self._attach,
            poll=self._poll,
            poll_s=POLL_S if self._dashboard is None else REFRESH_S,
        )
        self._failures += outcome.broke_off() is not None
        self._summarise(outcome.summary)

    def _attach(self, pipeline: Pipeline) -> None:
        for notice in low_rate_notices(pipeline.source, self._models):
            self._publish(notice)
        if self._dashboard is not None:
            self._dashboard.show(pipeline)
        for output in self._outputs:
            output.attach(pipeline.running)
        self._pipeline = pipeline
        if self.interrupted:  # came while there was nothing to stop
            pipeline.stop()

    def _poll(self, pipeline: Pipeline) -> None:
        if self._dashboard is not None:
            self._dashboard.refresh()
        if self._publisher.failure is not None:
            pipeline.stop()

    def _summarise(self, summary: Summary) -> None:
        total = self._sum
        self._sum = replace(
            total,
            heard_s=total.heard_s + summary.heard_s,
            lost_s=total.lost_s + summary.lost_s,
            events=total.events + summary.events,
        )
        if summary.realtime_factor:
            self._elapsed_s += summary.heard_s / summary.realtime_factor
        self._publish(summary)

    def _publish(self, report: Report) -> None:
        if isinstance(report, Detection):
            self._delays.append(report.delay_s)
        self._show(report)
        self._publish_to_outputs(report)

    def _show(self, report: Report) -> None:
        if self._dashboard is not None and isinstance(report, PrintedReport):
            self._shown.append(report)
        self._publisher.publish(report)

    def _publish_to_outputs(self, report: Report) -> None:
        self._tap(report)
        for output in self._outputs:
            output.publish(report)

    @property
    def _patience_s(self) -> float | None:
        return PATIENCE_S if self._live or self.interrupted else None

    def _summarise_unheard(self, source: Source) -> None:
        """A program waits for the summary of everything it asked for."""
        summary = Summary(source.name, 0.0, 0.0, 0, 0.0, None, None)
        if self._output == "json":
            self._summarise(summary)
        else:
            self._publish_to_outputs(summary)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self.interrupted and number == signal.SIGINT:
            signal.default_int_handler(number, None)
        self.interrupted = number
        for publisher in (self._publisher, *self._outputs):
            publisher.give_up_after(PATIENCE_S)
        if self._pipeline is not None:
            self._pipeline.stop()
        if self._opening:
            raise _Interrupted

    def _total(self) -> Summary:
        delay_p50_s, delay_p95_s = delay_percentiles(self._delays)
        return replace(
            self._sum,
            realtime_factor=self._sum.heard_s / self._elapsed_s if self._elapsed_s else 0.0,
            delay_p50_s=delay_p50_s,
            delay_p95_s=delay_p95_s,
        )

    def _exit_code(self) -> int:
        if self._publisher.failure is not None and not isinstance(self._publisher.failure, BrokenPipeError):
            say(f"output failed: {self._publisher.failure}")
            return INCOMPLETE
        if self._publisher.dropped:
            say(f"{self._publisher.dropped} lines were not written, output is too slow")
        for output in self._outputs:
            if output.lost:
                say(output.loss)
            if output.rest:
                say(output.rest)
        if self._failures or self._publisher.dropped or any(output.lost or output.rest for output in self._outputs):
            return INCOMPLETE
        return 0


class _Interrupted(Exception):
    """A signal came while a source was being opened."""
