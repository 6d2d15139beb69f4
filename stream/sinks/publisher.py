"""The publisher: a bounded queue between listening and whatever is done with what was heard.

A slow disk or a blocked pipe holds up the publisher's thread alone. While a live source is listened to, reports that
find the queue full are dropped and counted; a source that can wait does, and nothing is dropped.

What people or programs read at once (the screen, standard output) has one publisher. It breaks off for good when nobody
reads any more. Each file has one of its own, which tries again when writing fails: see `FilePublisher`.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from stream.errors import OutputError
from stream.report import Report

__all__ = ["FilePublisher", "OutputFile", "Publisher", "Sink"]

QUEUE_LENGTH = 10_000
BATCH = 1_000  # reports that are written at once, if so many wait
POLL_S = 0.1
GRACE_S = 0.5  # in which a thread that is told to give up does
PAUSES_S = (0.5, 10.0)  # between attempts to write: the first, and the longest
GIVE_UP_S = 60.0  # so long a source that can wait does so for a file that cannot be written


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
                if self._live or self._given_up():
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
                if self._overdue(GRACE_S):
                    break
        while self._thread.is_alive() and not self._overdue(GRACE_S):
            self._thread.join(POLL_S)
        if self._thread.is_alive():
            self.dropped += self._queue.qsize()
            return False
        return True

    def _given_up(self) -> bool:
        """Whether a source that can wait is to do so no longer."""
        return self._overdue()

    def _overdue(self, grace_s: float = 0.0) -> bool:
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


class OutputFile(Protocol):
    """A file that holds reports."""

    name: str

    def write(self, reports: Sequence[Report]) -> None:
        """Write all of these or, if an error is raised, none; always called on one thread.

        Raises
        ------
        OSError, OutputError
            If they cannot be written now, but perhaps later.
        ValueError, or any other
            If one of them can never be written.
        """

    def write_missing(self, reports: Sequence[Report]) -> None:
        """Write what the file lacks of all reports of one source, which may have been written last, to stay there.

        Raises
        ------
        OSError, OutputError, ValueError
            As `write` does.
        """

    def close(self) -> None:
        """Give back what it holds; what was written is there to stay."""


class FilePublisher(Publisher):
    """Hands reports to a file on a thread of its own, all that wait at once, and tries again when that fails.

    Parameters
    ----------
    file : OutputFile
    live : bool
        Whether listening must never wait.
    tell : callable
        Gets a line when writing begins to fail and when it is possible again.

    Attributes
    ----------
    name : str
        Of the file.
    """

    def __init__(self, file: OutputFile, live: bool, tell: Callable[[str], None]) -> None:
        self.name = file.name
        self._file = file
        self._tell = tell
        self._failing_since_s = math.inf
        self._unwritten = 0
        self._closing = False
        super().__init__([], live)

    @property
    def lost(self) -> int:
        """Reports that were not written."""
        return self.dropped + self._unwritten

    def close(self, timeout_s: float | None = None) -> bool:
        self._closing = True
        ended = super().close(timeout_s)
        if ended:
            self._file.close()
        return ended

    def _given_up(self) -> bool:
        return self._overdue() or time.monotonic() > self._failing_since_s + GIVE_UP_S

    def _run(self) -> None:
        ended = False
        while not ended:
            batch, ended = self._take()
            if batch:
                self._write(batch)

    def _take(self) -> tuple[list[Report], bool]:
        """What waits, at least one, and whether that was all."""
        batch: list[Report] = []
        report = self._queue.get()
        while report is not None:
            batch.append(report)
            if len(batch) == BATCH:
                return batch, False
            try:
                report = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _write(self, batch: Sequence[Report]) -> None:
        pause_s, longest_s = PAUSES_S
        while True:
            try:
                self._file.write(batch)
            except (OSError, OutputError) as error:
                if self._failing_since_s == math.inf:
                    self._failing_since_s = time.monotonic()
                    self._tell(f"{self.name}: {_reason(error)}; listening goes on, and writing is tried again")
                if not self._wait(pause_s):
                    self._unwritten += len(batch)
                    return
                pause_s = min(2 * pause_s, longest_s)
            except Exception as error:  # a thread that dies in silence would look like silence
                if len(batch) > 1:
                    for report in batch:
                        self._write([report])
                else:
                    self._unwritten += 1
                    self._tell(f"{self.name}: a report that cannot be written: {error}")
                return
            else:
                if self._failing_since_s < math.inf:
                    self._failing_since_s = math.inf
                    lost = f"; {self.lost} reports are lost" if self.lost else ""
                    self._tell(f"{self.name}: is written again{lost}")
                return

    def _wait(self, pause_s: float) -> bool:
        """Wait before another attempt; False if there is to be none."""
        until_s = time.monotonic() + pause_s
        while not self._overdue():
            if time.monotonic() >= until_s:
                return True
            if self._closing and self._given_up():
                self.give_up_after(0.0)
            time.sleep(POLL_S)
        return False


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
