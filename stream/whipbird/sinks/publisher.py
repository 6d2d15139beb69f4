"""The publisher: a bounded queue between listening and whatever is done with what was heard.

A slow disk or a blocked pipe holds up the publisher's thread alone. While a live source is listened to, reports that
find the queue full are dropped and counted; a source that can wait does, and nothing is dropped.

What people or programs read at once (the screen, standard output) has one publisher. It breaks off for good when nobody
reads any more. Every other output has one of its own, which goes on: see `OutputPublisher`. That of a file tries again
when writing fails, see `whipbird.sinks.files.file_publisher`; what is sent to others is kept on disk until they have
it, see `whipbird.sinks.messages.message_publisher`.
"""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import Any

from whipbird.events.reports import Report
from whipbird.sources.base import Notify, RunningSource

__all__ = ["POLL_S", "OutputPublisher", "Publisher", "Sink", "close_all", "reason_of"]

QUEUE_LENGTH = 10_000
CROWDED = QUEUE_LENGTH // 2  # reports that wait
BATCH = 1_000  # reports that are written at once, if so many wait
POLL_S = 0.1
GRACE_S = 0.5  # in which a thread that is told to give up does
GIVE_UP_S = 60.0  # so long a source that can wait does so for an output that fails


class Sink(ABC):
    """Something that is done with reports."""

    @abstractmethod
    def write(self, report: Report) -> None:
        """Handle one report, on the publisher's thread."""

    def attach(self, running: RunningSource) -> None:
        """Expect reports about this source; called before it starts."""
        return


class Publisher:
    """Hands reports to sinks on a thread of its own, and never holds up a ``live`` source.

    Attributes
    ----------
    dropped : int
        Reports that found the queue full.
    failure : OSError or None
        Why a sink broke off (its output was closed, the disk is full), if one did.
    """

    def __init__(self, sinks: Sequence[Sink], live: bool) -> None:
        self.dropped = 0
        self.failure: OSError | ValueError | None = None
        self._sinks = list(sinks)
        self._live = live
        self._deadline_s = math.inf
        self._queue: queue.Queue[Any] = queue.Queue(QUEUE_LENGTH)  # reports, and None at the end
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def attach(self, running: RunningSource) -> None:
        """Expect reports about this source; called before it starts."""
        for sink in self._sinks:
            sink.attach(running)

    def publish(self, report: Report) -> None:
        """Queue a report."""
        while self.failure is None:
            try:
                self._queue.put(report, block=not self._live, timeout=POLL_S)
                return
            except queue.Full:
                if self._live or self._given_up():
                    self.dropped += 1
                    return

    @property
    def backlog(self) -> int:
        """Reports that wait."""
        return self._queue.qsize()

    def give_up_after(self, seconds: float) -> None:
        """The listening is to end: wait so long at most for a reader that is slow."""
        self._deadline_s = time.monotonic() + seconds

    def close(self, timeout_s: float | None = None) -> bool:
        """Wait until everything queued is written, or so long at most; what is left then counts as dropped.

        Returns whether the thread has ended; if not, a sink is blocked for good.
        """
        if timeout_s is not None:
            self.give_up_after(timeout_s)
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=POLL_S)
                break
            except queue.Full:
                if self.is_overdue(GRACE_S):
                    break
        while self._thread.is_alive() and not self.is_overdue(GRACE_S):
            self._thread.join(POLL_S)
        if self._thread.is_alive():
            with self._queue.mutex:
                self.dropped += sum(report is not None for report in self._queue.queue)
            return False
        return True

    def _given_up(self) -> bool:
        """Whether a source that can wait is to do so no longer."""
        return self.is_overdue()

    def is_overdue(self, grace_s: float = 0.0) -> bool:
        return time.monotonic() > self._deadline_s + grace_s

    def _run(self) -> None:
        while (report := self._queue.get()) is not None:
            if self.failure is not None:
                continue
            for sink in self._sinks:
                try:
                    sink.write(report)
                except (OSError, ValueError) as error:
                    self.failure = error


class OutputPublisher(Publisher):
    """Hands reports to an output on a thread of its own; what it cannot hand over is counted.

    Parameters
    ----------
    name : str
        Of the output, for people, without secrets.
    live : bool
        Whether listening must never wait.
    notify : callable
        Gets a line when something goes wrong and when it works again.
    """

    NOUN, DONE = "report", "written"  # what it hands over, and what should become of it
    AGAIN = "is written again"  # what is said when it succeeds after it failed

    def __init__(self, name: str, live: bool, notify: Notify) -> None:
        self.name = name
        self.done = 0  # clips written, or messages delivered
        self._notify = notify
        self._unwritten = 0
        self._refusal = ""
        self._failing_since_s = math.inf
        self._closing = False
        super().__init__([], live)

    @property
    def is_crowded(self) -> bool:
        """Whether it is so far behind that what can wait should."""
        return self.backlog > CROWDED

    @property
    def failing_s(self) -> float:
        """For how long nothing could be handed over, though it was tried; 0 if all is well."""
        return max(0.0, time.monotonic() - self._failing_since_s)

    @property
    def lost(self) -> int:
        """Reports that were not handed over."""
        return self.dropped + self._unwritten

    @property
    def loss(self) -> str:
        """What is said of them."""
        return f"{self.name}: {self.lost} {self._noun(self.lost, 'was', 'were')} not {self.DONE}"

    @property
    def rest(self) -> str:
        """What is said, at the end, of what it keeps for the next time; empty if it keeps nothing."""
        return ""

    def close(self, timeout_s: float | None = None) -> bool:
        self._closing = True
        return super().close(timeout_s)

    def _given_up(self) -> bool:
        return self.is_overdue() or self.failing_s > GIVE_UP_S

    def _take(self, timeout_s: float | None = None) -> tuple[list[Any], bool]:
        """Take what waits in the queue, a batch at most, and say whether that was all; empty after the timeout."""
        batch: list[Any] = []
        with contextlib.suppress(queue.Empty):
            report = self._queue.get(timeout=timeout_s)
            while report is not None:
                batch.append(report)
                if len(batch) == BATCH:
                    return batch, False
                report = self._queue.get_nowait()
            return batch, True
        return batch, False

    def stops_retrying(self) -> bool:
        """Whether what failed is not to be tried again."""
        return self.is_overdue() or (self._closing and self._given_up())

    def note_failure(self, reason: str, meanwhile: str) -> None:
        """Note that nothing can be handed over now, and say so once."""
        if self._failing_since_s == math.inf:
            self._failing_since_s = time.monotonic()
            self._notify(f"{self.name}: {reason}; listening goes on, and {meanwhile}")

    def note_success(self) -> None:
        """Note that something was handed over, and say so if it failed before."""
        self._refusal = ""
        if self._failing_since_s < math.inf:
            self._failing_since_s = math.inf
            lost = f"; {self.lost} {self._noun(self.lost, 'is', 'are')} lost" if self.lost else ""
            self._notify(f"{self.name}: {self.AGAIN}{lost}")

    def _noun(self, count: int, one: str, several: str) -> str:
        return f"{self.NOUN} {one}" if count == 1 else f"{self.NOUN}s {several}"

    def note_refusal(self, reason: str) -> None:
        """Count what can never be handed over, and tell why, unless that was told of the one before."""
        self._unwritten += 1
        if reason != self._refusal:
            self._refusal = reason
            self._notify(f"{self.name}: {reason}")


def close_all(publishers: Collection[Publisher], patience_s: float | None = None) -> bool:
    """Close publishers, all within the same time (None: however long it takes); False if one does not end."""
    if patience_s is not None:
        for publisher in publishers:
            publisher.give_up_after(patience_s)
    ended = [publisher.close() for publisher in publishers]
    return all(ended)


def reason_of(error: Exception, name: str = "") -> str:
    """An error for people, without the name of what it is about in front."""
    return getattr(error, "strerror", None) or str(error).removeprefix(f"{name}: ")
