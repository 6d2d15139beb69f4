"""The pipeline: from one source, through the ring, to the events of any number of models.

The source's thread fills the ring. The worker's (see `whipbird.engine.worker`), which may serve other pipelines, reads
it in chunks of fixed length by absolute sample number, resamples each chunk once for each rate that a model wants, and
hands it to the detectors. What they find goes to ``publish``, together with gaps and notices, in order.

A short gap is filled, so that times stay right and the models keep their context: with what probably was there, see
`whipbird.audio.conceal`, and in its middle, where nobody can know, with silence. Events over it are marked. A long one
ends the stretch: what is under way ends there, and everything begins anew behind it. A gap is filled when enough of the
sound behind it has come to be looked at, always the same number of samples if no other gap or the end is nearer; so
what is filled in does not depend on how the sound came.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.audio.conceal import CONTEXT_S, conceal
from whipbird.audio.gap import Gap
from whipbird.audio.resample import Resampler
from whipbird.audio.ring import Ring
from whipbird.engine.detector import Detector, ScoreTap
from whipbird.engine.timings import Timings
from whipbird.engine.worker import Worker
from whipbird.errors import SourceError
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Heartbeat, Listener, Notice, Opening, Report, Summary, delay_percentiles
from whipbird.models.model import Model
from whipbird.sources.base import Source

__all__ = ["CHUNK_S", "RING_S", "Pipeline"]

CHUNK_S = 0.06  # read at once: short enough not to delay an event, long enough to cost little
FILL_S = 0.5  # gaps up to here are filled
FILLS_KEPT_S = 600.0  # for so long they are remembered, to mark events over them
BLOCK_S = 1.0  # read at once of what nobody waits for
RING_S = 30.0  # how long the worker may be late where nobody looks after it
RING_BYTES = 32 << 20  # the most room, for many channels at high rates ...
LEAST_RING_S = 2.0  # ... but enough for so long
BLOCK_HOPS = 16  # heard at once, of the same; more gain little
LONGEST_WAIT_S = 0.24  # for chunks of what is not heard before: far less than the ring holds
ROUNDING = 1e-6  # of chunks
WAIT_S = 0.1
HEARTBEAT_S = 30.0
DELAYS = 10_000  # the latest delays are kept, for their percentiles

NOTHING = np.empty(0, np.float32)


class Pipeline:
    """Listens to one source with some models.

    Parameters
    ----------
    source : Source
        Opened.
    models : sequence of Model
    publish : callable
        Gets every report but the summary, on the worker's or the source's thread.
    channel : int or None
        Channel to listen to, counted from 1; None mixes all.
    labels : collection of str, optional
        Report these alone.
    limit_s : float, optional
        Stop after so many seconds.
    taps : sequence of callable, optional
        One for each model, that gets all of its scores.
    worker : Worker, optional
        Hears for other pipelines, too; otherwise this one has its own.
    ring_s : float
        How long the worker may be late before sound is lost, as far as there is room for so much.

    Attributes
    ----------
    models : sequence of Model
    detectors : list of Detector
        One for each model, while there is sound.
    ring : Ring
        For further readers, which must be made before `start`.
    timings : Timings
    failure : SourceError or None
        Why the source broke off, if it did.
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
    ) -> None:
        if channel is not None and channel > source.channels:
            raise SourceError(f"{source.name}: has {source.channels} channels, not {channel}")
        self.source = source
        self.timings = Timings()
        self.failure: SourceError | None = None
        self.detectors: list[Detector] = []
        self.models = models
        self._publish = publish
        self._channel = channel
        self._labels = labels
        self._taps: Sequence[ScoreTap | None] = taps or [None] * len(models)
        room = RING_BYTES // (4 * source.channels)
        self.ring = Ring(
            max(round(LEAST_RING_S * source.rate_hz), min(round(ring_s * source.rate_hz), room)), source.channels
        )
        self._worker = worker or Worker()
        self._reader = self.ring.reader(hold=True, signal=self._worker.signal)
        chunk_s = CHUNK_S if source.paced else BLOCK_S
        self._chunk = np.empty(max(1, round(chunk_s * source.rate_hz)), np.float32)
        self._held = 0  # samples in the chunk
        self._context = max(1, round(CONTEXT_S * source.rate_hz))  # samples that are looked at on either side of a gap
        self._past = NOTHING  # the latest of them, back to a gap
        self._fills: deque[tuple[float, float]] = deque()  # begins and ends in seconds
        self._gap: Gap | None = None  # told when it is known to be whole: a source may report it in pieces
        self._idle_s: float | None = None  # since when nothing has come
        self._limit = sys.maxsize if limit_s is None else round(limit_s * source.rate_hz)
        self._resamplers: dict[int, Resampler] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run_source, name="source", daemon=True)
        self._done = threading.Event()
        self._crash: Exception | None = None
        self._began_s = self._ended_s = 0.0
        self._heartbeat_s: float | None = None  # when the next is due; None before the source has been announced
        self._heard = self._lost = self._events = 0
        self._delays: deque[float] = deque(maxlen=DELAYS)

    def start(self) -> None:
        """Begin to listen."""
        self._began_s = time.monotonic()
        self._thread.start()
        self._worker.add(self)

    def stop(self) -> None:
        """Take no more sound; what is in the ring is still heard."""
        self._stop.set()
        self._worker.signal.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all is heard; returns whether it is."""
        self._done.wait(timeout_s)
        if self._crash is not None:
            raise self._crash
        return self.ended

    def release(self, timeout_s: float) -> bool:
        """Wait for the source's thread, so long at most; returns whether the source can be closed."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether no more sound is taken."""
        return self._stop.is_set()

    @property
    def ended(self) -> bool:
        """Whether all is heard, or it has failed."""
        return self._done.is_set()

    @property
    def heard_s(self) -> float:
        """How much of the source was heard so far, in seconds."""
        return self._heard / self.source.rate_hz

    @property
    def lost_s(self) -> float:
        """How much of it was lost so far, in seconds."""
        return self._lost / self.source.rate_hz

    def summary(self) -> Summary:
        """What has become of the source so far."""
        elapsed_s = (self._ended_s or time.monotonic()) - self._began_s
        delay_p50_s, delay_p95_s = delay_percentiles(self._delays)
        return Summary(
            source=self.source.name,
            heard_s=self.heard_s,
            lost_s=self.lost_s,
            events=self._events,
            realtime_factor=self.heard_s / elapsed_s if elapsed_s > 0 else 0.0,
            delay_p50_s=delay_p50_s,
            delay_p95_s=delay_p95_s,
        )

    @property
    def position(self) -> int:
        """Absolute number of the sample that is heard next."""
        return self._reader.cursor

    @property
    def lag_s(self) -> float:
        """How far the worker is behind the source."""
        return self._reader.available / self.source.rate_hz

    def _run_source(self) -> None:
        try:
            self.source.run(self.ring, self._stop, lambda text: self._publish(Notice(text)))
        except SourceError as error:
            self.failure = error
            self._publish(Notice(str(error), problem=True))
        except Exception as error:  # handed to whoever waits; a thread that dies in silence would look like silence
            self._crash = error
        finally:
            self.ring.close()

    def advance(self) -> bool:
        """Take what has come, a chunk at most, and hand it to the detectors; returns whether there was anything.

        Called by the worker, again and again until the pipeline has ended.
        """
        try:
            return self._advance()
        except Exception as error:
            self.fail(error)
            return True

    def report(self, detections: Sequence[Detection]) -> None:
        """Publish what the detectors have heard; called by the worker."""
        for found in detections:
            detection = replace(found, concealed=True) if self._is_filled(found.begin_s, found.end_s) else found
            self._events += 1
            self._delays.append(detection.delay_s)
            self._publish(detection)

    def _is_filled(self, begin_s: float, end_s: float) -> bool:
        """Whether something in this time was lost and filled in."""
        for fill_begin_s, fill_end_s in reversed(self._fills):
            if fill_end_s <= begin_s:
                return False
            if fill_begin_s < end_s:
                return True
        return False

    def fail(self, error: Exception) -> None:
        """End with an error, which is raised for whoever waits."""
        self._crash = error
        self._stop.set()
        self._end()

    def _end(self) -> None:
        self._ended_s = time.monotonic()
        self.detectors, self._resamplers = [], {}
        self._done.set()

    def _advance(self) -> bool:
        reader = self._reader
        left = self._limit - reader.cursor
        if left <= 0:
            self._conclude()
            return True
        self._beat()
        wanted = self._chunks() * len(self._chunk) - self._held
        if self._gap is not None:
            wanted = max(wanted, self._context)
        wanted = min(wanted, left)
        ending = self.ring.closed or self._stop.is_set()
        # Only for a whole chunk: most of what a short one costs is waking up.
        item = reader.read(wanted) if ending or reader.available >= wanted else None
        if item is None:
            now_s = time.monotonic()
            if self._idle_s is None or not ending:
                self._idle_s = now_s
            # A source blocked in a system call does not notice that it is to stop; nothing more is heard of it.
            if reader.finished or (ending and not self.source.live and now_s - self._idle_s >= WAIT_S):
                self._conclude()
                return True
            return reader.want(1 if ending else wanted) and not ending
        self._idle_s = None
        gap = self._gap
        if not isinstance(item, Gap):
            self._announce()
            sound = choose_channel(item, self._channel)
            if gap is not None:
                self._gap = None
                self._lose(gap, sound)
            self._heard += len(sound)
            self._past = np.concatenate((self._past, sound))[-self._context :]
            self._fill(sound, reader.cursor)
        elif gap is not None and (gap.end, gap.reason) == (item.begin, item.reason):
            self._gap = Gap(gap.begin, item.end, item.reason)
        else:
            if gap is not None:
                self._lose(gap, NOTHING)
            self._gap = item
        return True

    def _chunks(self) -> int:
        """So many chunks are waited for, since fewer would not be heard yet; but a gap is told as soon as it can be."""
        if not self.source.paced or not self.detectors or self._gap is not None or self._reader.is_before_gap:
            return 1
        missing_s = min(LONGEST_WAIT_S, *(detector.missing_s for detector in self.detectors))
        return max(1, math.ceil(missing_s * self.source.rate_hz / len(self._chunk) - ROUNDING))

    def _conclude(self) -> None:
        """Nothing more is heard: finish what has been."""
        self._stop.set()
        gap = self._gap
        if gap is not None:
            self._lose(Gap(gap.begin, min(gap.end, self._limit), gap.reason), NOTHING)
        self._announce()
        end = min(self._reader.cursor, self._limit)
        self._hear(self._chunk[: self._held], end)
        self._finish(end)
        self._end()

    def _announce(self) -> None:
        """Tell once that listening has begun: when the first sound has come, for then a live source knows the time."""
        if self._heartbeat_s is not None:
            return
        self._heartbeat_s = time.monotonic() + HEARTBEAT_S
        source = self.source
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
                    )
                    for model in self.models
                ),
            )
        )

    def _beat(self) -> None:
        if self._heartbeat_s is not None and time.monotonic() >= self._heartbeat_s:
            self._heartbeat_s = time.monotonic() + HEARTBEAT_S
            self._publish(Heartbeat(self.source.name, datetime.now(UTC), self.heard_s, self.lost_s))

    def _lose(self, gap: Gap, future: Floats) -> None:
        """Tell of a gap and fill it, or end the stretch.

        Parameters
        ----------
        future : array, shape (n,)
            The sound behind it, as far as it is known.
        """
        self._announce()
        self._lost += len(gap)
        rate = self.source.rate_hz
        first = self.source.first
        begin_s, end_s = (first + gap.begin) / rate, (first + gap.end) / rate
        self._publish(GapReport(self.source.name, begin_s, end_s, gap.reason))
        past, self._past = self._past, NOTHING
        if len(gap) <= FILL_S * rate:
            while self._fills and self._fills[0][1] < begin_s - FILLS_KEPT_S:
                self._fills.popleft()
            self._fills.append((begin_s, end_s))
            self._fill(conceal(past, len(gap), future, rate), gap.end)
        else:
            self._hear(self._chunk[: self._held], gap.begin)
            self._held = 0
            self._finish(gap.begin)

    def _fill(self, samples: Floats, end: int) -> None:
        """Complete chunks with samples, shape (n,), that end at a sample number, and hear them."""
        taken = 0
        while taken < len(samples):
            count = min(len(self._chunk) - self._held, len(samples) - taken)
            self._chunk[self._held : self._held + count] = samples[taken : taken + count]
            self._held += count
            taken += count
            if self._held == len(self._chunk):
                self._hear(self._chunk, end - (len(samples) - taken))
                self._held = 0

    def _hear(self, samples: Floats, end: int) -> None:
        """Hear samples, shape (n,), that end at an absolute sample number."""
        if len(samples) == 0:
            return
        if not self.detectors:
            self._begin(end - len(samples))
        timings = self.timings
        timings.stages["queueing"].add(self.lag_s)
        resampled = {}
        for rate_hz, resampler in self._resamplers.items():
            timings.start()
            resampled[rate_hz] = resampler.push(samples)
            timings.lap("resampling")
        for detector, model in zip(self.detectors, self.models, strict=True):
            detector.take(resampled[model.card.sample_rate_hz])

    def _begin(self, start: int) -> None:
        """A stretch of sound begins with this sample of the source."""
        source = self.source
        begin_s = source.begin_s if start == 0 else 0
        self._resamplers = {
            rate_hz: Resampler(source.rate_hz, rate_hz, begin_s)
            for rate_hz in {m.card.sample_rate_hz for m in self.models}
        }
        self.detectors = [
            Detector(
                model,
                source.name,
                source.rate_hz,
                source.clock,
                self.timings,
                start=0 if begin_s else source.first + start,
                labels=self._labels,
                tap=tap,
                block=1 if source.paced else BLOCK_HOPS,
                hops=begin_s * model.card.sample_rate_hz // model.card.hop,
            )
            for model, tap in zip(self.models, self._taps, strict=True)
        ]

    def _finish(self, end: int) -> None:
        """The stretch of sound ends here."""
        end_s = (self.source.first + end) / self.source.rate_hz
        for rate_hz, resampler in self._resamplers.items():
            rest = resampler.finish()
            for detector, model in zip(self.detectors, self.models, strict=True):
                if model.card.sample_rate_hz == rate_hz:
                    self.report(detector.push(rest))
                    self.report(detector.finish(end_s))
        self.detectors, self._resamplers = [], {}
