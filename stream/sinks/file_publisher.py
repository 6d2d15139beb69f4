"""Hands reports to a file or a database, all that wait at once, and tries again when writing fails.

Up to `QUEUE_LENGTH` reports wait in memory meanwhile.
"""

from __future__ import annotations

import math
import queue
import time
from collections.abc import Sequence
from typing import Protocol

from stream.errors import OutputError
from stream.report import Report
from stream.sinks.publisher import BATCH, GIVE_UP_S, POLL_S, OutputPublisher, Tell, reason_of
from stream.sources.retry import Pauses

__all__ = ["FilePublisher", "OutputFile"]

PAUSES_S = (0.5, 10.0)  # between attempts to write: the first, and the longest


class OutputFile(Protocol):
    """A file that holds reports."""

    name: str

    def write(self, reports: Sequence[Report]) -> None:
        """Write all of these or, if an error is raised, none; always called on one thread.

        What failed is written again as the same sequence.

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


class FilePublisher(OutputPublisher):
    """Hands reports to a file, all that wait at once, and tries again when that fails.

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

    def __init__(self, file: OutputFile, live: bool, tell: Tell) -> None:
        self._file = file
        self._failing_since_s = math.inf
        self._in_hand = 0
        self._closing = self._abandoned = False
        super().__init__(file.name, live, tell)

    @property
    def lost(self) -> int:
        return super().lost + (self._in_hand if self._abandoned else 0)

    @property
    def failing_s(self) -> float:
        return max(0.0, time.monotonic() - self._failing_since_s)

    def close(self, timeout_s: float | None = None) -> bool:
        self._closing = True
        ended = super().close(timeout_s)
        self._abandoned = not ended
        if ended:
            self._file.close()
        return ended

    def _given_up(self) -> bool:
        return self._overdue() or self.failing_s > GIVE_UP_S

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
            if len(batch) == BATCH:
                return batch, False
            try:
                report = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _write(self, batch: Sequence[Report]) -> None:
        pauses = Pauses(*PAUSES_S)
        while True:
            try:
                self._file.write(batch)
            except (OSError, OutputError) as error:
                if self._failing_since_s == math.inf:
                    self._failing_since_s = time.monotonic()
                    reason = reason_of(error, self.name)
                    self._tell(f"{self.name}: {reason}; listening goes on, and writing is tried again")
                if not self._wait(pauses.next_s()):
                    if not self._abandoned:
                        self._unwritten += len(batch)
                    return
            except Exception as error:  # a thread that dies in silence would look like silence
                if len(batch) > 1:
                    for report in batch:
                        self._write([report])
                else:
                    self._refuse(f"a report that cannot be written: {error}")
                return
            else:
                self._refusal = ""
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
