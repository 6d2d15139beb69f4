"""The pipeline: from one source, through the ring, to the events of any number of models.

Two threads: the source's fills the ring, the worker's reads it in chunks of fixed length by absolute sample number,
resamples each chunk once for each rate that a model wants, and hands it to the detectors. What they find goes to
``publish``, together with gaps and notices, in order.

A short gap is filled with zeros, so that times stay right and the models keep their context. A long one ends the
stretch: what is under way ends there, and everything begins anew behind it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from stream.detection import Detection
from stream.detector import Detector, Tap
from stream.errors import SourceError
from stream.gap import Gap
from stream.model import Model
from stream.report import GapReport, Notice, Report, Summary, delay_percentiles
from stream.resample import Resampler
from stream.ring import Ring
from stream.sources.base import Source
from stream.timings import Timings

__all__ = ["CHUNK_S", "Pipeline", "choose_channel"]

CHUNK_S = 0.06  # read at once: short enough not to delay an event, long enough to cost little
FILL_S = 0.5  # gaps up to here are filled with zeros
RING_S = 30.0  # how long the worker may be late before sound is lost
RING_BYTES = 32 << 20  # or for as long as this lasts, for many channels at high rates ...
LEAST_RING_S = 2.0  # ... but at least so long
WAIT_S = 0.1
DELAYS = 10_000  # the latest delays are kept, for their percentiles


class Pipeline:
    """Listens to one source with some models.

    Parameters
    ----------
    source : Source
        Opened.
    models : sequence of Model
    publish : callable
        Gets every event, gap and notice, on the worker's or the source's thread.
    channel : int or None
        Channel to listen to, counted from 1; None mixes all.
    labels : collection of str, optional
        Report these alone.
    limit_s : float, optional
        Stop after so many seconds.
    taps : sequence of callable, optional
        One for each model, that gets all of its scores.

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
        taps: Sequence[Tap] | None = None,
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
        self._taps: Sequence[Tap | None] = taps or [None] * len(models)
        room = RING_BYTES // (4 * source.channels)
        self.ring = Ring(
            max(round(LEAST_RING_S * source.rate_hz), min(round(RING_S * source.rate_hz), room)), source.channels
        )
        self._reader = self.ring.reader(hold=True)
        self._chunk = max(1, round(CHUNK_S * source.rate_hz))
        self._limit = sys.maxsize if limit_s is None else round(limit_s * source.rate_hz)
        self._resamplers: dict[int, Resampler] = {}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run_source, name="source", daemon=True),
            threading.Thread(target=self._run_worker, name="worker", daemon=True),
        ]
        self._crash: Exception | None = None
        self._began_s = self._ended_s = 0.0
        self._heard = self._lost = self._events = 0
        self._delays: deque[float] = deque(maxlen=DELAYS)

    def start(self) -> None:
        """Begin to listen."""
        self._began_s = time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more sound; what is in the ring is still heard."""
        self._stop.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all is heard; returns whether it is."""
        self._threads[1].join(timeout_s)
        if self._crash is not None:
            raise self._crash
        return not self._threads[1].is_alive()

    def release(self, timeout_s: float) -> bool:
        """Wait for the source's thread, so long at most; returns whether the source can be closed."""
        self._threads[0].join(timeout_s)
        return not self._threads[0].is_alive()

    def summary(self) -> Summary:
        """What has become of the source so far."""
        rate = self.source.rate_hz
        elapsed_s = (self._ended_s or time.monotonic()) - self._began_s
        delay_p50_s, delay_p95_s = delay_percentiles(self._delays)
        return Summary(
            source=self.source.name,
            heard_s=self._heard / rate,
            lost_s=self._lost / rate,
            events=self._events,
            realtime_factor=self._heard / rate / elapsed_s if elapsed_s > 0 else 0.0,
            delay_p50_s=delay_p50_s,
            delay_p95_s=delay_p95_s,
        )

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

    def _run_worker(self) -> None:
        try:
            self._work()
        except Exception as error:
            self._crash = error
            self._stop.set()
        self._ended_s = time.monotonic()

    def _work(self) -> None:
        chunk = np.empty((self._chunk, self.source.channels), np.float32)
        held = 0  # samples in the chunk
        gap: Gap | None = None  # told when it is known to be whole: a source may report it in pieces
        while (left := self._limit - self._reader.cursor) > 0:
            wanted = min(self._chunk - held, left)
            ending = self.ring.closed or self._stop.is_set()
            # Only for a whole chunk: most of what a short one costs is waking up.
            item = self._reader.read(wanted) if ending or self._reader.available >= wanted else None
            if item is None:
                if self._reader.finished:
                    break
                came = self._reader.wait(WAIT_S, 1 if ending else wanted)
                # A source blocked in a system call does not notice that it is to stop; nothing more is heard of it.
                if ending and not came and not self.source.live:
                    break
            elif not isinstance(item, Gap):
                if gap is not None:
                    held, gap = self._lose(chunk, held, gap), None
                self._heard += len(item)
                held = self._fill(chunk, held, item, self._reader.cursor)
            elif gap is not None and (gap.end, gap.reason) == (item.begin, item.reason):
                gap = Gap(gap.begin, item.end, item.reason)
            else:
                if gap is not None:
                    held = self._lose(chunk, held, gap)
                gap = item
        self._stop.set()
        if gap is not None:
            held = self._lose(chunk, held, Gap(gap.begin, min(gap.end, self._limit), gap.reason))
        end = min(self._reader.cursor, self._limit)
        self._hear(chunk[:held], end)
        self._finish(end)

    def _lose(self, chunk: NDArray[np.float32], held: int, gap: Gap) -> int:
        """Tell of a gap and fill it, or end the stretch; returns how many samples are in the chunk."""
        self._lost += len(gap)
        rate = self.source.rate_hz
        self._publish(GapReport(self.source.name, gap.begin / rate, gap.end / rate, gap.reason))
        if len(gap) <= FILL_S * rate:
            return self._fill(chunk, held, np.zeros((len(gap), self.source.channels), np.float32), gap.end)
        self._hear(chunk[:held], gap.begin)
        self._finish(gap.begin)
        return 0

    def _fill(self, chunk: NDArray[np.float32], held: int, samples: NDArray[np.float32], end: int) -> int:
        """Complete chunks with samples that end at a sample number, and hear them; returns how many are left over."""
        taken = 0
        while taken < len(samples):
            count = min(self._chunk - held, len(samples) - taken)
            chunk[held : held + count] = samples[taken : taken + count]
            held += count
            taken += count
            if held == self._chunk:
                self._hear(chunk, end - (len(samples) - taken))
                held = 0
        return held

    def _hear(self, samples: NDArray[np.float32], end: int) -> None:
        """Hear samples, shape (n, channels), that end at an absolute sample number."""
        if len(samples) == 0:
            return
        if not self.detectors:
            self._begin(end - len(samples))
        timings = self.timings
        timings.stages["queueing"].add(self.lag_s)
        mono = choose_channel(samples, self._channel)
        resampled = {}
        for rate_hz, resampler in self._resamplers.items():
            timings.start()
            resampled[rate_hz] = resampler.push(mono)
            timings.lap("resampling")
        for detector, model in zip(self.detectors, self.models, strict=True):
            self._report(detector.push(resampled[model.card.sample_rate_hz], end / self.source.rate_hz))

    def _begin(self, start: int) -> None:
        source = self.source
        self._resamplers = {
            rate_hz: Resampler(source.rate_hz, rate_hz) for rate_hz in {m.card.sample_rate_hz for m in self.models}
        }
        self.detectors = [
            Detector(model, source.name, source.rate_hz, source.clock, self.timings, start, self._labels, tap)
            for model, tap in zip(self.models, self._taps, strict=True)
        ]

    def _finish(self, end: int) -> None:
        """The stretch of sound ends here."""
        end_s = end / self.source.rate_hz
        for rate_hz, resampler in self._resamplers.items():
            rest = resampler.finish()
            for detector, model in zip(self.detectors, self.models, strict=True):
                if model.card.sample_rate_hz == rate_hz:
                    self._report(detector.push(rest, end_s))
                    self._report(detector.finish(end_s))
        self.detectors, self._resamplers = [], {}

    def _report(self, detections: list[Detection]) -> None:
        for detection in detections:
            self._events += 1
            self._delays.append(detection.delay_s)
            self._publish(detection)


def choose_channel(samples: NDArray[np.float32], channel: int | None) -> NDArray[np.float32]:
    """One channel, counted from 1, or the mean of all: shape (n, channels) to (n,)."""
    if channel is not None:
        return samples[:, channel - 1]
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)
