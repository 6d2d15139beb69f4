"""Listening to a live source on a thread of its own, until the source ends or the listener does not want more."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections.abc import Callable
from functools import partial
from queue import Empty
from types import TracebackType

from whipbird.api.choice import Choice
from whipbird.api.event_queue import EventQueue
from whipbird.api.run import OnGap, logger, tell
from whipbird.engine.pulled_run import PulledRun
from whipbird.engine.run import low_rate_notices
from whipbird.errors import error_text
from whipbird.events.detection import Detection
from whipbird.events.reports import Report, Summary
from whipbird.sources.base import Source

__all__ = ["Listening", "OnEvent", "Summary"]

OnEvent = Callable[[Detection], None]

PATIENCE_S = 10.0  # for the end of a source; one that hangs in a system call keeps its thread


class _Run:
    """What the thread does.

    Without a callback, it does not refer to its `Listening`, the keeper, so that one that is forgotten ends.
    """

    def __init__(
        self,
        source: Source,
        choice: Choice,
        channel: int | None,
        duration_s: float | None,
        callback: OnEvent | None,
        on_gap: OnGap | None,
        keeper: object,
    ) -> None:
        self.queue = EventQueue()
        self.summary: Summary | None = None
        self.keeps: object = None if callback is None else keeper  # until the source has ended
        self._run = PulledRun(source, choice.models, channel, choice.labels, choice.rules, limit_s=duration_s)
        self._publish = callback or self.queue.put
        self._on_gap = on_gap
        self._stopped = False
        for notice in low_rate_notices(source, choice.models):
            tell(notice, on_gap)
        self._thread = threading.Thread(target=self._listen, name="whipbird listen", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more sound, forget the events that are left, and wait for the thread."""
        self._stopped = True
        self._run.stop()
        if self._thread is not threading.current_thread():  # a callback may say that this is enough
            self._thread.join(PATIENCE_S)
            self.queue.clear()

    def _listen(self) -> None:
        error: BaseException | None = None
        try:
            with contextlib.closing(self._run.reports()) as reports:
                for report in reports:
                    self._take(report)
        except BaseException as raised:  # of the source, or of the caller's functions
            error = raised
        if self.queue.dropped:
            logger.warning("%d events were dropped, because too many were waiting", self.queue.dropped)
        if error is not None and self.keeps is not None:  # with a callback, perhaps nobody waits for the end
            logger.error("listening has ended: %s", error_text(error))
        self.queue.end(error)
        self.keeps = None

    def _take(self, report: Report) -> None:
        if isinstance(report, Summary):
            self.summary = report
        elif not isinstance(report, Detection):
            tell(report, self._on_gap)
        elif not self._stopped:
            self._publish(report)


class Listening:
    """A source that is being listened to, made by `whipbird.listen`.

    It gives its events by iteration, ``for event in …`` or ``async for event in …``, and ends when it is closed, at the
    end of a ``with`` block, or when nothing refers to it any longer, as after a loop that was left. With a callback, it
    goes on until it is closed.

    Attributes
    ----------
    source : str
        Name of the source, which its events carry.
    """

    def __init__(
        self,
        source: Source,
        choice: Choice,
        channel: int | None = None,
        duration_s: float | None = None,
        callback: OnEvent | None = None,
        on_gap: OnGap | None = None,
    ) -> None:
        self.source = source.name
        self._run = _Run(source, choice, channel, duration_s, callback, on_gap, self)
        self._close = weakref.finalize(self, self._run.stop)  # also when the interpreter ends

    def close(self) -> None:
        """Stop listening. Events that have not been asked for are lost. It can be called again, and by any thread.

        The connection of a network stream ends a moment later, with the next sound that comes or when it times out.
        """
        self._close()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the source has ended or is closed; returns whether this is so. For callbacks.

        Raises
        ------
        SourceError
            If the source broke off.
        Exception
            What the callback raised, which ended it.
        """
        return self._run.queue.wait_for_end(timeout_s)

    @property
    def summary(self) -> Summary | None:
        """Seconds processed and lost, and other totals; None until the source has ended."""
        return self._run.summary

    def __iter__(self) -> Listening:
        return self

    def __next__(self) -> Detection:
        event = self._run.queue.get()
        if event is None:
            raise StopIteration
        return event

    def __aiter__(self) -> Listening:
        return self

    async def __anext__(self) -> Detection:
        queue, loop = self._run.queue, asyncio.get_running_loop()
        while True:
            ready = asyncio.Event()
            queue.when_ready(partial(_set, loop, ready))
            await ready.wait()
            with contextlib.suppress(Empty):  # another task was quicker
                event = queue.get_now()
                if event is None:
                    raise StopAsyncIteration
                return event

    def __enter__(self) -> Listening:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Listening:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)


def _set(loop: asyncio.AbstractEventLoop, ready: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: no task waits any longer
        loop.call_soon_threadsafe(ready.set)
