"""The publisher: a bounded queue between listening and whatever is done with what was heard.

A slow disk or a blocked pipe holds up the publisher's thread alone. While a live source is listened to, reports that
find the queue full are dropped and counted; a source that can wait does, and nothing is dropped.

What people or programs read at once (the screen, standard output) has one publisher. It breaks off for good when nobody
reads any more. Every other output has one of its own, which goes on: see `OutputPublisher`. That of a file, a broker or
another computer tries again when writing fails: see `FilePublisher`.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from stream.errors import OutputError
from stream.report import Report
from stream.sources.retry import Pauses

if TYPE_CHECKING:
    from stream.pipeline import Pipeline

__all__ = ["FilePublisher", "Manner", "Output", "OutputFile", "OutputPublisher", "Publisher", "Sink", "Tell"]

QUEUE_LENGTH = 10_000
BATCH = 1_000  # reports that are written at once, if so many wait
POLL_S = 0.1
GRACE_S = 0.5  # in which a thread that is told to give up does
PAUSES_S = (0.5, 10.0)  # between attempts to write: the first, and the longest
GIVE_UP_S = 60.0  # so long a source that can wait does so for a file that cannot be written

Tell = Callable[[str], None]
"""Gets a line for people."""


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
        self._queue: queue.Queue[Any] = queue.Queue(QUEUE_LENGTH)  # reports, and None at the end
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

    @property
    def backlog(self) -> int:
        """Reports that wait."""
        return self._queue.qsize()

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
            with self._queue.mutex:
                self.dropped += sum(report is not None for report in self._queue.queue)
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


class Output(Protocol):
    """Something that takes reports, several at once."""

    name: str

    def write(self, reports: Sequence[Report]) -> None:
        """Write all of these or, if an error is raised, none; always called on one thread.

        What failed is written again as the same sequence.

        Raises
        ------
        OSError, OutputError
            If they cannot be written now, but perhaps later; not before so many seconds, if it has an ``after_s``.
        ValueError, or any other
            If one of them can never be written.
        """

    def close(self) -> None:
        """Give back what it holds; what was written is there to stay."""


class OutputFile(Output, Protocol):
    """A file that holds reports."""

    def write_missing(self, reports: Sequence[Report]) -> None:
        """Write what the file lacks of all reports of one source, which may have been written last, to stay there.

        Raises
        ------
        OSError, OutputError, ValueError
            As `write` does.
        """


class OutputPublisher(Publisher):
    """Hands reports to an output on a thread of its own; what it cannot hand over is counted.

    Parameters
    ----------
    name : str
        Of the output, for people, without secrets.
    live : bool
        Whether listening must never wait.
    tell : callable
        Gets a line when something goes wrong and when it is right again.
    """

    LOST = ("report", "written")  # what is lost, and what should have become of it

    def __init__(self, name: str, live: bool, tell: Tell) -> None:
        self.name = name
        self._tell = tell
        self._unwritten = 0
        self._refusal = ""
        super().__init__([], live)

    def attach(self, pipeline: Pipeline, channel: int | None) -> None:
        """Reports will come of this source; called before it starts."""

    @property
    def failing_s(self) -> float:
        """For how long nothing could be handed over, though it was tried; 0 if all is well."""
        return 0.0

    @property
    def lost(self) -> int:
        """Reports that were not handed over."""
        return self.dropped + self._unwritten

    @property
    def loss(self) -> str:
        """What is said of them."""
        return _loss(self.name, self.lost, *self.LOST)

    def _refuse(self, reason: str) -> None:
        """Count what can never be handed over, and tell why, unless that was told of the one before."""
        self._unwritten += 1
        if reason != self._refusal:
            self._refusal = reason
            self._tell(f"{self.name}: {reason}")


@dataclass(frozen=True)
class Manner:
    """How reports are handed to an output.

    Attributes
    ----------
    wanted : tuple of type, optional
        Kinds of reports that it takes; None for all.
    passing : tuple of type
        Kinds that soon mean nothing any more: they do not wait while writing fails.
    batch : int
        Reports that are written at once, at most.
    pauses_s : pair of float, optional
        Between attempts to write: the first, and the longest.
    again, well, refused : str
        What is said when writing begins to fail, when it succeeds again, and of a report that can never be written.
    lost : pair of str
        What is lost, and what should have become of it.
    """

    wanted: tuple[type, ...] | None = None
    passing: tuple[type, ...] = ()
    batch: int = BATCH
    pauses_s: tuple[float, float] | None = None
    again: str = "listening goes on, and writing is tried again"
    well: str = "is written again"
    refused: str = "a report that cannot be written"
    lost: tuple[str, str] = OutputPublisher.LOST


class FilePublisher(OutputPublisher):
    """Hands reports to an output, all that wait at once, and tries again when that fails.

    Parameters
    ----------
    file : Output
    live : bool
        Whether listening must never wait.
    tell : callable
        Gets a line when writing begins to fail and when it is possible again.
    manner : Manner, optional

    Attributes
    ----------
    name : str
        Of the file.
    """

    def __init__(self, file: Output, live: bool, tell: Tell, manner: Manner | None = None) -> None:
        self._file = file
        self._manner = manner or Manner()
        self._failing_since_s = math.inf
        self._in_hand = 0
        self._closing = self._abandoned = False
        super().__init__(file.name, live, tell)

    @property
    def lost(self) -> int:
        return super().lost + (self._in_hand if self._abandoned else 0)

    @property
    def loss(self) -> str:
        return _loss(self.name, self.lost, *self._manner.lost)

    def publish(self, report: Report) -> None:
        wanted = self._manner.wanted
        if wanted is not None and not isinstance(report, wanted):
            return
        if self._failing_since_s == math.inf or not isinstance(report, self._manner.passing):
            super().publish(report)

    def close(self, timeout_s: float | None = None) -> bool:
        self._closing = True
        ended = super().close(timeout_s)
        self._abandoned = not ended
        if ended:
            self._file.close()
        return ended

    def _given_up(self) -> bool:
        return self._overdue() or time.monotonic() > self._failing_since_s + GIVE_UP_S

    def _run(self) -> None:
        ended = False
        while not ended:
            batch, ended = self._take()
            if self._abandoned:  # what waited has been counted
                return
            if batch:
                self._in_hand = len(batch)
                self._write(batch)
                if self._abandoned:
                    return
                self._in_hand = 0

    def _take(self) -> tuple[list[Report], bool]:
        """What waits, at least one, and whether that was all."""
        batch: list[Report] = []
        report = self._queue.get()
        while report is not None:
            batch.append(report)
            if len(batch) == self._manner.batch:
                return batch, False
            try:
                report = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _write(self, batch: Sequence[Report]) -> None:
        pauses = Pauses(*self._manner.pauses_s or PAUSES_S)
        while True:
            try:
                self._file.write(batch)
            except (OSError, OutputError) as error:
                if self._failing_since_s == math.inf:
                    self._failing_since_s = time.monotonic()
                    self._tell(f"{self.name}: {_reason(error)}; {self._manner.again}")
                if not self._wait(max(pauses.next_s(), getattr(error, "after_s", 0.0))):
                    if not self._abandoned:
                        self._unwritten += len(batch)
                    return
            except Exception as error:  # a thread that dies in silence would look like silence
                if len(batch) > 1:
                    for report in batch:
                        self._write([report])
                else:
                    self._refuse(f"{self._manner.refused}: {error}")
                return
            else:
                self._refusal = ""
                if self._failing_since_s < math.inf:
                    self._failing_since_s = math.inf
                    lost = f"; {self.lost} reports are lost" if self.lost else ""
                    self._tell(f"{self.name}: {self._manner.well}{lost}")
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


def _loss(name: str, count: int, what: str, done: str) -> str:
    return f"{name}: {count} {what}{' was' if count == 1 else 's were'} not {done}"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
