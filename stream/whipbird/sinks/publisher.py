"""The publisher: a bounded queue between listening and the sinks.

A slow disk or a blocked pipe holds up only the publisher's thread. If the queue is full, reports of a live source are
dropped and counted; a source that can wait does so, and nothing is dropped.

The screen and standard output share one publisher, which stops for good when their reader is gone. Every other output
has its own publisher, which continues after failures: see `OutputPublisher`. For files, it tries again when writing
fails, see `whipbird.sinks.files.file_publisher`; for messages, it keeps them on disk until they are delivered, see
`whipbird.sinks.messages.message_publisher`.
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
CROWDED = QUEUE_LENGTH // 2  # waiting reports
BATCH = 1_000  # most reports that are written at once
POLL_S = 0.1
GRACE_S = 0.5  # for a thread to end after its deadline
MOST_REASONS = 5  # of one failure that are told
GIVE_UP_S = 60.0  # that a source that can wait does so for a failing output


class Sink(ABC):
    """Receives reports."""

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
        Reports that found the queue full, or that a sink cannot handle.
    failure : OSError or None
        Why a sink stopped (its output was closed, the disk is full), if one did.
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
        """Number of waiting reports."""
        return self._queue.qsize()

    def give_up_after(self, seconds: float) -> None:
        """Wait up to ``seconds`` for a slow reader from now on, because listening is to end."""
        self._deadline_s = time.monotonic() + seconds

    def close(self, timeout_s: float | None = None) -> bool:
        """Wait until everything queued is written, or for up to ``timeout_s``; remaining reports count as dropped.

        Returns whether the thread has ended; if not, a sink is blocked for good.
        """
        if timeout_s is not None:
            self.give_up_after(timeout_s)
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=POLL_S)
                break
            except queue.Full:
                if self.is_overdue(GRACE_S) and not self._is_saving():
                    break
        while self._thread.is_alive() and (not self.is_overdue(GRACE_S) or self._is_saving()):
            self._thread.join(POLL_S)
        if self._thread.is_alive():
            with self._queue.mutex:
                self.dropped += sum(report is not None for report in self._queue.queue)
            return False
        return True

    def _given_up(self) -> bool:
        """Whether a source that can wait should stop waiting."""
        return self.is_overdue()

    def _is_saving(self) -> bool:
        """Whether queued reports are being saved, which is waited for even if there is no more time to deliver them."""
        return False

    def is_overdue(self, grace_s: float = 0.0) -> bool:
        """Whether the deadline of `give_up_after` has passed, by more than ``grace_s``."""
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
                except Exception:  # the report cannot be shown; a thread that dies in silence would block the listening
                    self.dropped += 1


class OutputPublisher(Publisher):
    """Hands reports to an output on a thread of its own, and counts those that it cannot hand over.

    Parameters
    ----------
    name : str
        Name of the output for people, without secrets.
    live : bool
        Whether listening must never wait.
    notify : callable
        Gets a line when something goes wrong and when it works again.
    """

    NOUN, DONE = "report", "written"  # what it hands over, and the participle of success
    AGAIN = "is written again"  # notice of a success after a failure

    def __init__(self, name: str, live: bool, notify: Notify) -> None:
        self.name = name
        self.done = 0  # clips written, or messages delivered
        self.withheld = 0  # clips that were not to be kept
        self._notify = notify
        self._unwritten = 0
        self._refusal = ""
        self._failing_since_s = math.inf
        self._reasons: set[str] = set()  # that were told since then
        self._closing = False
        super().__init__([], live)

    @property
    def is_crowded(self) -> bool:
        """Whether so many reports wait that a source that can wait should."""
        return self._queue.qsize() > CROWDED

    @property
    def failing_s(self) -> float:
        """Seconds for which all attempts to hand over reports have failed; 0 if all is well."""
        return max(0.0, time.monotonic() - self._failing_since_s)

    @property
    def lost(self) -> int:
        """Reports that were not handed over."""
        return self.dropped + self._unwritten

    @property
    def loss(self) -> str:
        """Notice about lost reports."""
        return f"{self.name}: {self.lost} {self._noun(self.lost, 'was', 'were')} not {self.DONE}"

    @property
    def waiting(self) -> str:
        """What the end waits for: the name of the output and more; empty after its end."""
        return self.name if self._thread.is_alive() else ""

    @property
    def rest(self) -> str:
        """Notice about reports kept for the next run; empty if there are none."""
        return ""

    def close(self, timeout_s: float | None = None) -> bool:
        self._closing = True
        return super().close(timeout_s)

    def _given_up(self) -> bool:
        return self.is_overdue() or self.failing_s > GIVE_UP_S

    def _take(self, timeout_s: float | None = None) -> tuple[list[Any], bool]:
        """Take up to a batch from the queue; returns it, empty after the timeout, and whether the end was reached."""
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
        """Whether failed reports should not be tried again."""
        return self.is_overdue() or (self._closing and self._given_up())

    def note_failure(self, reason: str, meanwhile: str) -> None:
        """Note that nothing can be handed over now, and notify once of each reason until it works again."""
        if self._failing_since_s == math.inf:
            self._failing_since_s = time.monotonic()
            self._reasons.clear()
        if reason not in self._reasons and len(self._reasons) < MOST_REASONS:
            self._reasons.add(reason)
            self._notify(f"{self.name}: {reason}; listening continues, and {meanwhile}")

    def note_success(self) -> None:
        """Note a success, and notify if there was a failure before."""
        self._refusal = ""
        if self._failing_since_s < math.inf:
            self._failing_since_s = math.inf
            lost = f"; {self.lost} {self._noun(self.lost, 'is', 'are')} lost" if self.lost else ""
            self._notify(f"{self.name}: {self.AGAIN}{lost}")

    def _noun(self, count: int, one: str, several: str) -> str:
        return f"{self.NOUN} {one}" if count == 1 else f"{self.NOUN}s {several}"

    def note_refusal(self, reason: str) -> None:
        """Count a report that can never be handed over, and notify unless the last one had the same reason."""
        self._unwritten += 1
        if reason != self._refusal:
            self._refusal = reason
            self._notify(f"{self.name}: {reason}")


def close_all(publishers: Collection[Publisher], patience_s: float | None = None) -> bool:
    """Close all publishers within ``patience_s`` altogether (None: no limit); False if one does not end."""
    if patience_s is not None:
        for publisher in publishers:
            publisher.give_up_after(patience_s)
    ended = [publisher.close() for publisher in publishers]
    return all(ended)


def reason_of(error: Exception, name: str = "") -> str:
    """Text of an error for people, without the prefix ``name``."""
    return getattr(error, "strerror", None) or str(error).removeprefix(f"{name}: ")
