"""Runs the server until a signal: outputs, lines on the screen, and the announcement.

Ctrl-C and SIGTERM end it in order: it takes no more sound, processes what has come, and writes what is queued. A second
Ctrl-C ends it at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable

from whipbird.home.address import Address
from whipbird.home.catalog import Catalog
from whipbird.home.discovery import Announcement
from whipbird.home.near_misses import NearMisses
from whipbird.home.rooms import RoomNames
from whipbird.home.server import WakeServer
from whipbird.home.streams import Streams
from whipbird.sessions.shutdown import Shutdown
from whipbird.sinks.publisher import Publisher, Sink, reason_of
from whipbird.sources.base import Notify
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.outputs import StationOutputs
from whipbird.system.malloc import return_freed_memory, use_one_heap
from whipbird.system.standard_streams import READER_GONE
from whipbird.terminal.json_lines import JsonLines
from whipbird.terminal.lines import PlainLines, ProblemLines, as_line
from whipbird.terminal.printing import say
from whipbird.text import counted

__all__ = ["serve"]

TICK_S = 1.0
RETURN_MEMORY_TICKS = 10
PATIENCE_S = 5.0


def serve(
    address: Address,
    catalog: Catalog,
    rooms: dict[str, str],
    outputs: StationOutputs,
    station: str,
    as_json: bool,
    announce: bool,
    near: Callable[[Notify], NearMisses] | None = None,
) -> int:
    """Run the server until a signal, and return the exit code.

    ``near`` opens what keeps near misses; it gets what shows notices.

    Raises
    ------
    WhipbirdError
        If it cannot listen at the address, or an output cannot be opened.
    """
    use_one_heap()
    sinks: list[Sink] = [
        JsonLines(sys.stdout, True) if as_json else PlainLines(sys.stdout, True),
        ProblemLines(sys.stderr),
    ]
    screen = Publisher(sinks, live=True)
    hub = ReportHub(screen, None, station)
    hub.update(outputs)
    keeper = None
    try:
        keeper = None if near is None else near(hub.notify)
        run = _Run(screen, hub)
        summary = asyncio.run(run.serve(address, Streams(catalog, hub, RoomNames(rooms), keeper), station, announce))
    finally:
        ended = hub.close()
        if keeper is not None:
            ended &= keeper.close(PATIENCE_S)
        ended &= screen.close(PATIENCE_S)
    say(summary)
    not_kept = [] if keeper is None else keeper.losses()
    for text in (*hub.losses(), *not_kept):
        say(text)
    if run.has_no_reader:
        return READER_GONE
    if screen.failure is not None:
        say(f"output failed: {reason_of(screen.failure)}")
    return int(not ended or bool(hub.lost) or bool(not_kept) or screen.failure is not None)


class _Run:
    """One run of the server."""

    def __init__(self, screen: Publisher, hub: ReportHub) -> None:
        self._screen = screen
        self._hub = hub

    @property
    def has_no_reader(self) -> bool:
        """Whether nobody reads what it prints, and there are no outputs."""
        return isinstance(self._screen.failure, BrokenPipeError) and self._hub.is_empty

    async def serve(self, address: Address, streams: Streams, station: str, announce: bool) -> str:
        """Serve clients until a signal; returns the totals, for people."""
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        gc.freeze()

        def wake() -> None:
            loop.call_soon_threadsafe(stop.set)

        with Shutdown(wake):
            server = WakeServer(streams)
            address = await server.open(address)
            phrases = len(await streams.on_loader(streams.catalog.phrases))
            self._hub.notify(f"serving {counted(phrases, 'phrase')} at {address}; Ctrl-C ends")
            announced = announce and address.path is None
            async with Announcement(address, station, self._hub.notify) if announced else contextlib.nullcontext():
                ticks = 0
                while not stop.is_set() and not self.has_no_reader:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), TICK_S)
                    ticks += 1
                    if ticks % RETURN_MEMORY_TICKS == 0:
                        return_freed_memory()
            await server.close()
        return as_line(streams.totals.summary())
