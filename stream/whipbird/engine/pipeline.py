"""The pipeline: from one source, through the ring, to the events of any number of models.

The source's thread fills the ring. The worker's thread (see `whipbird.engine.worker`), which may serve other pipelines
as well, reads the ring in whole chunks. What it reads is resampled once for each rate that a model needs, and goes to
the detectors (see `whipbird.engine.segment`), whose events do not depend on how the sound was cut. Events go to
``publish``, together with gaps and notices, in order.

A short gap is filled, so that times stay right and the models keep their context: with sound like that on either side
(see `whipbird.audio.conceal`), and with silence in the middle of a gap that is too long for that. Events over a filled
gap are marked. A long gap ends the segment as soon as it is known to be long: events in progress end there, and a new
segment starts after the gap. A gap is filled once enough of the sound after it has come. That is always the same number
of samples, unless another gap or the end of the source comes first; so the filling does not depend on how the sound
arrived. Gaps of different reasons that follow one another are reported one by one, and filled or not as one.

Missing samples count at once, while the gap lasts; the gap is reported when it is known to be whole.
"""

from __future__ import annotations

import contextlib
import math
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest

from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.audio.gap import Gap
from whipbird.audio.phase import Cancellation
from whipbird.audio.ring import Ring
from whipbird.engine.detector import Detector, ScoreTap
from whipbird.engine.gap_filling import NO_SAMPLES, GapFiller
from whipbird.engine.grid import BLOCK_S, CHUNK_S
from whipbird.engine.report_rules import HeldTimes, ReportRules
from whipbird.engine.segment import Segment
from whipbird.engine.source_log import SourceLog
from whipbird.engine.species_choice import EVERY_SPECIES
from whipbird.engine.timings import Timings
from whipbird.engine.window_taps import together
from whipbird.engine.worker import Worker
from whipbird.errors import SourceError, source_error
from whipbird.events.detection import Detection
from whipbird.events.reports import Notice, Report, Summary
from whipbird.models.model import Model
from whipbird.sources.base import RunningSource, Source
from whipbird.system.elapsed import elapsed_s

__all__ = ["RING_S", "Pipeline"]

RING_S = 30.0  # how late the worker may be where no person watches
RING_BYTES = 32 << 20  # largest ring, for many channels at high rates ...
LEAST_RING_S = 2.0  # ... but it holds at least this much
LONGEST_WAIT_S = 0.24  # for chunks that would not complete a block: far less than the ring holds
ROUNDING = 1e-6  # of chunks
WAIT_S = 0.1
IDLE_S = 0.05  # between looks at the clock: whether sound stays away, or a heartbeat is due
LATE_S = 1.0  # how late live sound may come when time is limited
STALL_S = 10.0  # without sound from another program, before a hint is given


class Pipeline:
    """Runs models on one source.

    Parameters
    ----------
    source : Source
        Opened.
    models : sequence of Model
    publish : callable
        Gets every report but the summary, on the worker's or the source's thread.
    channel : int or None
        Channel to process, counted from 1; None mixes all.
    labels : collection of str, optional
        Report only these.
    limit_s : float, optional
        Stop after this many seconds of sound, or of time if the source is no recording and its sound stays away.
    taps : sequence of callable, optional
        One for each model, that gets all of its scores.
    worker : Worker, optional
        May serve other pipelines as well; by default, the pipeline has its own.
    ring_s : float
        How late the worker may be before sound is lost, within the limits of the ring's size.
    rules : sequence of ReportRules, optional
        One for each model; by default, all events are reported.

    Attributes
    ----------
    source : Source
    models : sequence of Model
    rules : sequence of ReportRules
        One for each model.
    ring : Ring
        For further readers, which must be made before `start`.
    timings : Timings
    failure : SourceError or None
        Why the source broke off, or could not be processed, if that is so.
    crash : BaseException or None
        What was raised in processing, if anything was.
    """

    def __init__(
        self,
        source: Source,
        models: Sequence[Model],
        publish: Callable[[Report], None],
        channel: int | None = None,
        labels: frozenset[str] | None = None,
        limit_s: float | None = None,
        taps: Sequence[ScoreTap] | None = None,
        worker: Worker | None = None,
        ring_s: float = RING_S,
        rules: Sequence[ReportRules] | None = None,
    ) -> None:
        if channel is not None and channel > source.channels:
            raise SourceError(f"{source.name}: has {source.channels} channels, not {channel}")
        self.source = source
        self.timings = Timings()
        self.failure: SourceError | None = None
        self.crash: BaseException | None = None
        self.models = models
        self._publish = publish
        self._channel = channel
        self._labels = labels
        self.rules = rules or EVERY_SPECIES.rules(models)
        self._rules = {own.names.card.name: own for own in self.rules}
        self._held = {
            own.names.card.name: HeldTimes(own.hold_back, own.names.card)
            for own in self.rules
            if own.hold_back is not None
        }
        self._taps: Sequence[ScoreTap | None] = [
            _joined(tap, self._held.get(model.card.name)) for model, tap in zip_longest(models, taps or ())
        ]
        room = RING_BYTES // (4 * source.channels)
        self.ring = Ring(
            max(round(LEAST_RING_S * source.rate_hz), min(round(ring_s * source.rate_hz), room)),
            source.channels,
            channel,
        )
        self._worker = worker or Worker()
        self._reader = self.ring.reader(hold=True, signal=self._worker.signal)
        chunk_s = CHUNK_S if source.paced else BLOCK_S
        self._chunk = max(1, round(chunk_s * source.rate_hz))  # samples
        self._segment: Segment | None = None  # None while there is no sound
        self._filler = GapFiller(source.rate_hz)
        self._gap: Gap | None = None  # reported when it is known to be whole: a source may report it in pieces
        self._missing_from = 0  # first of the samples that are missing in a row, for whatever reasons
        self._last_s = 0.0  # when something came
        self._idle_until_s = 0.0  # until then, nothing but sound, or its end, needs work
        self._stopped_s: float | None = None
        self._stalled = False  # and that has been reported
        self._limit_s = math.inf if limit_s is None or source.path is not None else limit_s + LATE_S
        self._deadline_s = math.inf
        self._limit = sys.maxsize if limit_s is None else round(limit_s * source.rate_hz)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run_source, name="source", daemon=True)
        self._done = threading.Event()
        is_mixed = channel is None and source.channels > 1
        self._cancellation = Cancellation(source.rate_hz, source.channels) if is_mixed else None
        self._log = SourceLog(source, models, publish, channel, labels)

    def start(self, fill: bool = True) -> None:
        """Start processing, and the source's thread unless the caller fills and closes the ring."""
        self._log.start()
        self._last_s = time.monotonic()
        self._deadline_s = elapsed_s() + self._limit_s
        if fill:
            self._thread.start()
        self._worker.add(self)

    def stop(self) -> None:
        """Take no more sound; what is in the ring is still processed."""
        self._stopped_s = self._stopped_s or time.monotonic()
        self._stop.set()
        self._worker.signal.set()

    def stop_here(self) -> None:
        """Process no more sound, not even what is in the ring; called by a tap."""
        self._limit = min(self._limit, self._reader.cursor)
        self.stop()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all sound has been processed, or the pipeline has failed; returns whether this is so."""
        return self._done.wait(timeout_s)

    def release(self, timeout_s: float) -> bool:
        """Wait for the source's thread, `timeout_s` at most; returns whether the source can be closed."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether no more sound is taken."""
        return self._stop.is_set()

    @property
    def ended(self) -> bool:
        """Whether all sound has been processed, or the pipeline has failed."""
        return self._done.is_set()

    @property
    def detectors(self) -> list[Detector]:
        """One for each model, while there is sound; empty otherwise."""
        segment = self._segment  # once: other threads read this, too
        return [] if segment is None else segment.detectors

    @property
    def heard_s(self) -> float:
        """Sound that was processed so far, in seconds."""
        return self._log.heard_s

    @property
    def lost_s(self) -> float:
        """Sound that was lost so far, in seconds."""
        return self._log.lost_s

    def summary(self) -> Summary:
        """What has become of the source so far."""
        return self._log.summary()

    @property
    def running(self) -> RunningSource:
        """The source and its ring, for others that read its sound."""
        return RunningSource(self.source, self.ring, lambda: None if self.ended else self._reader.cursor)

    @property
    def position(self) -> int:
        """Absolute number of the sample that is processed next."""
        return self._reader.cursor

    @property
    def lag_s(self) -> float:
        """How far the worker is behind the source."""
        return self._reader.available / self.source.rate_hz

    def _run_source(self) -> None:
        try:
            self.source.run(self.ring, self._stop, lambda text: self._publish(Notice(text)))
        except Exception as error:  # whatever reading raises: a thread that dies in silence would look like silence
            self._report_failure(error)
        finally:
            self.ring.close()

    def advance(self) -> bool:
        """Take what has come, a chunk at most, and hand it to the detectors; returns whether there was anything.

        Called by the worker, again and again until the pipeline has ended. With hundreds of sources, most calls come
        before there is enough sound; those cost next to nothing.
        """
        if time.monotonic() < self._idle_until_s and not self._reader.is_due and not self._stop.is_set():
            return False
        try:
            return self._advance()
        except Exception as error:
            self.fail(error)
            return True

    def report(self, detections: Sequence[Detection]) -> None:
        """Publish events of the detectors that are to be reported; called by the worker."""
        for found in detections:
            rules, held = self._rules[found.model], self._held.get(found.model)
            if rules.lacks_time_of(found):
                self._publish(
                    Notice(f"{self.source.name}: when it was recorded is not known; species of the whole year count")
                )
            if not rules.allows(found):
                continue
            if held is not None and held.holds(found):
                self._log.held_back += 1
                continue
            is_filled = self._filler.has_filled(found.begin_s, found.end_s)
            self._log.detection(
                replace(found, concealed=found.concealed or is_filled, common_name=rules.names.common(found.label))
            )

    def fail(self, error: BaseException) -> None:
        """End with an error in processing; called by the worker."""
        if self.ended:
            return
        self.crash = error
        self._stop.set()
        with contextlib.suppress(Exception):  # it may be the reports that fail
            self._report_failure(error)
        self._end()

    def _report_failure(self, error: BaseException) -> None:
        self.failure = source_error(error, self.source.name)
        self._publish(Notice(str(self.failure), problem=True))

    def _end(self) -> None:
        self._log.end()
        self._segment = None
        self._done.set()

    def _advance(self) -> bool:
        reader = self._reader
        left = self._limit - reader.cursor
        if left <= 0:
            self._conclude()
            return True
        self._log.heartbeat()
        if elapsed_s() >= self._deadline_s and not self._stop.is_set():
            self.stop()
        # A gap is reported and filled once there is enough sound after it.
        wanted = self._chunks_wanted() * self._chunk if self._gap is None else self._filler.context
        wanted = min(wanted, left)
        ending = self.ring.closed or self._stop.is_set()
        # Only for a whole chunk, or up to a gap: most of what a short one costs is waking up.
        is_complete = ending or reader.is_before_gap or reader.available >= wanted
        item = reader.read(wanted) if is_complete else None
        if item is None:
            return self._idle(wanted, ending)
        self._last_s, self._stalled = time.monotonic(), False
        if isinstance(item, Gap):
            self._pass(Gap(item.begin, min(item.end, self._limit), item.reason))
            return True
        if self._log.heard == 0:
            self._deadline_s = elapsed_s() + self._limit_s
        self._log.announce()
        samples = choose_channel(item, self._channel)
        if self._cancellation is not None:
            self._cancellation.push(item, samples)
            self._report_cancellation(self._cancellation)
        self._bridge(samples)
        self._log.heard += len(samples)
        self._filler.push(samples)
        self._process(samples, reader.cursor)
        return True

    def _idle(self, wanted: int, ending: bool) -> bool:
        """End if nothing more will come; returns whether there is something to do already."""
        reader, source = self._reader, self.source
        now_s = time.monotonic()
        # A source blocked in a system call does not notice that it is to stop; it is not waited for.
        if reader.finished or (
            self._stopped_s is not None and not source.live and now_s - max(self._last_s, self._stopped_s) >= WAIT_S
        ):
            self._conclude()
            return True
        if source.is_fed and now_s - self._last_s >= STALL_S and not self._stalled:
            self._stalled = True
            self._publish(Notice(f"{source.name}: no sound for {STALL_S:g} s; waiting for it"))
        self._idle_until_s = now_s + IDLE_S
        return reader.want(1 if ending else wanted) and not ending

    def _pass(self, gap: Gap) -> None:
        """Count missing samples, and end the segment once too many are missing in a row."""
        self._log.announce()
        self._log.missing(gap)
        before = self._gap
        if before is None:
            self._missing_from = gap.begin
        elif before.reason == gap.reason:
            gap = Gap(before.begin, gap.end, gap.reason)
        else:
            self._report_gap(before)
        self._gap = gap
        if gap.end - self._missing_from > self._filler.longest:
            self._finish_segment(self._missing_from)

    def _chunks_wanted(self) -> int:
        """Chunks to wait for: fewer would not complete a block."""
        if not self.source.paced or not self.detectors:
            return 1
        if time.monotonic() - self._last_s > 2 * LONGEST_WAIT_S:  # the rest may stay away for long
            return 1
        missing_s = min(LONGEST_WAIT_S, *(detector.missing_s for detector in self.detectors))
        return max(1, math.ceil(missing_s * self.source.rate_hz / self._chunk - ROUNDING))

    def _conclude(self) -> None:
        """End, after all that has been read."""
        self._stop.set()
        if self._cancellation is not None:
            self._cancellation.finish()
            self._report_cancellation(self._cancellation)
        self._bridge(NO_SAMPLES)
        self._log.announce()
        self._finish_segment(min(self._reader.cursor, self._limit))
        self._end()

    def _bridge(self, future: Floats) -> None:
        """Report a gap that has ended, if there is one, and fill it unless it has ended the segment.

        Parameters
        ----------
        future : array, shape (n,)
            The sound after the gap, as far as it is known.
        """
        gap, self._gap = self._gap, None
        if gap is None:
            return
        self._report_gap(gap)
        start, end = self._missing_from, gap.end
        filling = self._filler.fill(end - start, self._seconds(start), self._seconds(end), future)
        if filling is not None:
            self._process(filling, end)

    def _report_gap(self, gap: Gap) -> None:
        self._log.gap(gap.reason, self._seconds(gap.begin), self._seconds(gap.end))

    def _report_cancellation(self, cancellation: Cancellation) -> None:
        """Report, once, that the channels cancel out in the mix."""
        if cancellation.found:
            self._cancellation = None
            name = self.source.name
            self._publish(
                Notice(
                    f"{name}: its channels are in opposite phase and cancel out in their mix; choose one: --channel 1"
                )
            )

    def _process(self, samples: Floats, end: int) -> None:
        """Hand samples, shape (n,), that end at an absolute sample number, to the detectors."""
        if len(samples) == 0:
            return
        if self._segment is None:
            start = end - len(samples)
            self._segment = Segment(self.source, self.models, start, self.timings, self._labels, self._taps)
        self.timings.stages["queueing"].add(self.lag_s)
        self._segment.push(samples)

    def _finish_segment(self, end: int) -> None:
        """End the segment, if there is one, at an absolute sample number."""
        if self._segment is not None:
            for detections in self._segment.finish(self._seconds(end)):
                self.report(detections)
            self._segment = None

    def _seconds(self, sample: int) -> float:
        """An absolute sample number in seconds from the start of the recording."""
        return (self.source.first + sample) / self.source.rate_hz


def _joined(*taps: ScoreTap | None) -> ScoreTap | None:
    """One tap that does what those do that are there; None without any."""
    own = [tap for tap in taps if tap is not None]
    return together(own) if own else None
