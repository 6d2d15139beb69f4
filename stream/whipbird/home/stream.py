"""One stream of a client's sound, in one format, on its way through a pipeline of its own.

The loop writes the sound to the ring, and the shared worker processes it. Live sound never waits: what the worker
cannot keep up with is lost, and counted, as everywhere. A client that sends faster than real time has a recording, and
waits for room in the ring.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from whipbird.audio.clock import live_clock
from whipbird.audio.limits import check_format
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.worker import Worker
from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.home.catalog import Chosen
from whipbird.home.client_clock import ClientClock
from whipbird.home.near_misses import NearMissFinder
from whipbird.home.pcm import PcmReader
from whipbird.home.protocol import Sound
from whipbird.sources.ring_writer import write_block
from whipbird.sources.samples import Chunks
from whipbird.system.elapsed import elapsed_s

__all__ = ["Stream"]

RING_S = 10.0  # how late the worker may be before sound is lost
AHEAD_S = 1.0  # sound that is this much ahead of the time is no live sound
LATE_S = 5.0  # after a pause as long as this, sound is another stream: its time would be wrong
POLL_S = 0.02


class Stream:
    """A stream, which is used on the thread of the event loop.

    Parameters
    ----------
    sound : Sound
        Its format, and the client's time of its first sample if it is known.
    name : str
        Of the source.
    chosen : Chosen
    worker : Worker
    publish : callable
        Gets all reports, on any thread.
    detected : callable
        Gets each event with its phrase and the client's time of its end, on the thread of the loop.
    near : callable, optional
        Gets near misses, on the worker's thread, the last ones on that of the loop; without it, none are looked for.

    Attributes
    ----------
    name : str
    pipeline : Pipeline

    Raises
    ------
    SourceError
        If no model could work with the format.
    """

    def __init__(
        self,
        sound: Sound,
        name: str,
        chosen: Chosen,
        worker: Worker,
        publish: Callable[[Report], None],
        detected: Callable[[str, int], None],
        near: Callable[[Report], None] | None = None,
    ) -> None:
        check_format(name, sound.rate, sound.channels)
        self.name = name
        self.format = sound.format
        self._rate_hz = sound.rate
        self._names = chosen.names
        self._forward, self._detected = publish, detected
        self._pcm = PcmReader(sound.width, sound.channels)
        self._clock = ClientClock(sound.rate, sound.timestamp or 0.0)
        self._loop = asyncio.get_running_loop()
        self._start_s: float | None = None  # when its first sample was taken
        source = Chunks(sound.rate, sound.channels)
        source.name = name
        self._finders: dict[str, NearMissFinder] = {}
        if near is not None:
            for model in chosen.models:
                labels = frozenset(label for owner, label in chosen.names if owner == model.card.name)
                self._finders[model.card.name] = NearMissFinder(model, labels, source, near)
        self.pipeline = Pipeline(
            source,
            chosen.models,
            self._publish,
            labels=chosen.labels,
            taps=list(self._finders.values()) or None,
            worker=worker,
            ring_s=RING_S,
            rules=chosen.rules,
        )

    @property
    def end_ms(self) -> int:
        """The client's time after the last sample that has come."""
        return self._clock.at_ms(self.pipeline.ring.position)

    @property
    def is_late(self) -> bool:
        """Whether sound has stayed away for so long that what comes next is another stream."""
        return self._start_s is not None and -self._ahead_s > LATE_S

    async def feed(self, sound: bytes, timestamp_ms: float | None) -> None:
        """Take the next piece of sound, and when its first sample was taken by the client's clock, if it is known."""
        ring = self.pipeline.ring
        samples = self._pcm.push(sound)
        if self._start_s is None:
            length_s = len(samples) / self._rate_hz
            self._start_s = elapsed_s() - length_s
            self.pipeline.source.clock = live_clock(length_s)
        if timestamp_ms is not None:
            self._clock.mark(ring.position, timestamp_ms)
        piece = max(1, ring.capacity // 2)
        for start in range(0, len(samples), piece):
            block = samples[start : start + piece]
            while not (ring.wait_for_room(len(block), 0) or self.pipeline.ended) and self._ahead_s > AHEAD_S:
                await asyncio.sleep(POLL_S)
            write_block(ring, block)

    def close(self) -> None:
        """Take no more sound; what has come is still processed."""
        self.pipeline.ring.close()

    async def wait(self) -> None:
        """Wait until all sound has been processed, and all events and near misses have been passed on."""
        while not self.pipeline.ended:
            await asyncio.sleep(POLL_S)
        for finder in self._finders.values():
            finder.finish()
        await asyncio.sleep(0)  # what the worker has given to the loop comes first

    @property
    def _ahead_s(self) -> float:
        """How much sound has come beyond the time since its start."""
        return self.pipeline.ring.position / self._rate_hz - (elapsed_s() - (self._start_s or 0.0))

    def _publish(self, report: Report) -> None:
        """Pass on a report; called on the worker's thread."""
        self._forward(report)
        if isinstance(report, Detection):
            if report.model in self._finders:
                self._finders[report.model].wake(report)
            self._loop.call_soon_threadsafe(self._answer, report)

    def _answer(self, event: Detection) -> None:
        end_ms = self._clock.at_ms(event.end_s * self._rate_hz)
        self._detected(self._names[event.model, event.label], end_ms)
