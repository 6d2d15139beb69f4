"""The publisher: a bounded queue between listening and whatever is done with what was heard.

A slow disk or a blocked pipe holds up the publisher's thread alone. While a live source is listened to, reports that
find the queue full are dropped and counted; a source that can wait does, and nothing is dropped.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Sequence
from typing import Protocol

from stream.report import Report

__all__ = ["Publisher", "Sink"]

QUEUE_LENGTH = 10_000
POLL_S = 0.1


class Sink(Protocol):
    """Something that is done with reports."""

    def write(self, report: Report) -> None:
        """Handle one report, on the publisher's thread."""


class Publisher:
    """Hands reports to sinks on a thread of its own.

    Parameters
    ----------
    sinks : sequence of Sink
    live : bool
        Whether listening must never wait.

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
        self._queue: queue.Queue[Report | None] = queue.Queue(QUEUE_LENGTH)
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def publish(self, report: Report) -> None:
        """Queue a report."""
        while self.failure is None:
            try:
                self._queue.put(report, block=not self._live, timeout=POLL_S)
                return
            except queue.Full:
                if self._live or time.monotonic() > self._deadline_s:
                    self.dropped += 1
                    return

    def give_up_after(self, seconds: float) -> None:
        """The listening is to end: wait so long at most for a reader that is slow."""
        self._deadline_s = time.monotonic() + seconds

    def close(self, timeout_s: float | None = None) -> bool:
        """Wait until everything queued is written, or so long at most; what is left then counts as dropped.

        Returns
        -------
        bool
            Whether the thread has ended. If not, a sink is blocked for good.
        """
        if timeout_s is not None:
            self.give_up_after(timeout_s)
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=POLL_S)
                break
            except queue.Full:
                if time.monotonic() > self._deadline_s:
                    break
        while self._thread.is_alive() and time.monotonic() <= self._deadline_s:
            self._thread.join(POLL_S)
        if self._thread.is_alive():
            self.dropped += self._queue.qsize()
            return False
        return True

    def _run(self) -> None:
        while (report := self._queue.get()) is not None:
            if self.failure is not None:
                continue
            for sink in self._sinks:
                try:
                    sink.write(report)
                except (OSError, ValueError) as error:
                    self.failure = error
