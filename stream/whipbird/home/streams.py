"""The streams of all clients: which run now, what they share, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from whipbird.engine.run import low_rate_notices
from whipbird.engine.worker import Worker
from whipbird.events.detection import Detection
from whipbird.events.reports import Notice, Report
from whipbird.home.catalog import Catalog, Chosen
from whipbird.home.near_misses import NearMisses
from whipbird.home.protocol import Sound
from whipbird.home.rooms import RoomNames
from whipbird.home.stream import Stream
from whipbird.sessions.totals import Totals
from whipbird.station.report_hub import ReportHub

__all__ = ["Streams"]

MOST_TOLD = 1000  # notices that are told once

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class Streams:
    """The streams of all clients; made and used on the thread of the event loop.

    Parameters
    ----------
    catalog : Catalog
    hub : ReportHub
        Gets all reports.
    rooms : RoomNames
    near : NearMisses, optional
        Keeps near misses.

    Attributes
    ----------
    catalog : Catalog
    rooms : RoomNames
    totals : Totals
        Of all streams that have ended.
    """

    def __init__(self, catalog: Catalog, hub: ReportHub, rooms: RoomNames, near: NearMisses | None = None) -> None:
        self.catalog = catalog
        self.rooms = rooms
        self.totals = Totals()
        self._hub = hub
        self._near = near
        self._worker = Worker()
        self._loader = ThreadPoolExecutor(1, "loader")  # models are loaded one after the other
        self._running: set[Stream] = set()
        self._endings: dict[Stream, asyncio.Task[None]] = {}
        self._told: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        """Number of streams that have not been processed to their end."""
        return len(self._running)

    def notify(self, text: str) -> None:
        """Print a line for people."""
        self._hub.notify(text)

    async def on_loader(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Call what reads files, on a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._loader, function, *arguments)

    def start(self, sound: Sound, room: str, chosen: Chosen, detected: Callable[[str, int], None]) -> Stream:
        """Start a stream in a room; raises SourceError if its format is out of range. See `Stream`."""
        name = self.rooms.take(room)
        try:
            near = None if self._near is None else self._near.publish
            stream = Stream(sound, name, chosen, self._worker, self._publish, detected, near)
        except BaseException:
            self.rooms.give_back(name)
            raise
        for notice in low_rate_notices(stream.pipeline.source, chosen.models):
            self._tell_once(room, notice)
        self._hub.attach(stream.pipeline.running)
        if self._near is not None:
            self._near.attach(stream.pipeline.running)
        self._running.add(stream)
        stream.pipeline.start(fill=False)
        return stream

    def end(self, stream: Stream) -> asyncio.Task[None]:
        """Take no more sound of a stream; returns what waits until the rest has been processed."""
        stream.close()
        if stream not in self._endings:
            self._endings[stream] = asyncio.create_task(self._finish(stream))
        return self._endings[stream]

    async def close(self) -> None:
        """Wait until the streams, which have all ended, are processed."""
        await asyncio.gather(*self._endings.values())
        self._loader.shutdown(wait=False, cancel_futures=True)

    def _tell_once(self, room: str, notice: Notice) -> None:
        """Publish a notice about a room, unless it has been published for that room."""
        if (room, notice.text) not in self._told and len(self._told) < MOST_TOLD:
            self._told.add((room, notice.text))
            self._hub.publish(notice)

    async def _finish(self, stream: Stream) -> None:
        try:
            await stream.wait()
            summary = stream.pipeline.summary()
            self.totals.add(summary)
            if summary.elapsed_s:
                self._publish(summary)
        finally:
            self._running.discard(stream)
            self._endings.pop(stream, None)
            self.rooms.give_back(stream.name)

    def _publish(self, report: Report) -> None:
        """Pass on a report; called on any thread."""
        if isinstance(report, Detection):
            self.totals.delays.append(report.delay_s)
        elif self._near is not None:
            self._near.publish(report)
        self._hub.publish(report)
