"""Writes reports to a file or a database, all waiting reports at once, and tries again when writing fails.

While writing fails, up to `whipbird.sinks.publisher.QUEUE_LENGTH` reports wait in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from whipbird.errors import OutputError
from whipbird.events.reports import Report
from whipbird.sinks.publisher import OutputPublisher, reason_of
from whipbird.sources.base import Notify
from whipbird.system.backoff import Backoff

__all__ = ["FilePublisher", "OutputFile"]

PAUSES_S = (0.5, 10.0)  # shortest and longest pause between attempts to write


class OutputFile(Protocol):
    """A file that holds reports."""

    name: str
    note: str
    """What people should know after writing, such as that the file was replaced; empty if nothing."""

    def write(self, reports: Sequence[Report]) -> None:
        """Write all reports or, if an error is raised, none; called on one thread at a time.

        After an error, the same sequence is written again.

        Raises
        ------
        OSError, OutputError
            If the reports cannot be written now, but perhaps later.
        ValueError, or any other
            If one of the reports can never be written.
        """

    def write_missing(self, reports: Sequence[Report]) -> None:
        """Write those of all reports of one source that are not at the end of the file, and flush them to the disk.

        Raises the same errors as `write`.
        """

    def close(self) -> None:
        """Close the file."""


class FilePublisher(OutputPublisher):
    """Writes reports to a file, all waiting reports at once, and tries again when writing fails.

    See `OutputPublisher` for ``live`` and ``notify``.
    """

    def __init__(self, file: OutputFile, live: bool, notify: Notify) -> None:
        self._file = file
        self._lock = threading.Lock()  # guards the file
        self._writing_count = 0
        self._abandoned = False
        super().__init__(file.name, live, notify)

    @property
    def lost(self) -> int:
        return super().lost + (self._writing_count if self._abandoned else 0)

    def write_missing(self, reports: Sequence[Report]) -> None:
        """Write the missing reports now, see `OutputFile`; on any thread."""
        with self._lock:
            self._file.write_missing(reports)

    def close(self, timeout_s: float | None = None) -> bool:
        ended = super().close(timeout_s)
        self._abandoned = not ended
        if ended:
            with self._lock:
                self._file.close()
        return ended

    def _run(self) -> None:
        ended = False
        while not ended:
            batch, ended = self._take()
            if self._abandoned:  # the waiting reports have been counted
                return
            if batch:
                self._writing_count = len(batch)
                self._write(batch)
                if self._abandoned:
                    return
                self._writing_count = 0

    def _write(self, batch: Sequence[Report]) -> None:
        pauses = Backoff(*PAUSES_S)
        while True:
            try:
                with self._lock:
                    self._file.write(batch)
            except (OSError, OutputError) as error:
                self.note_failure(reason_of(error, self.name), "writing will be retried")
                if not pauses.wait(self.stops_retrying):
                    self.give_up_after(0.0)
                    if not self._abandoned:
                        self._unwritten += len(batch)
                    return
            except Exception as error:  # the thread must not end without a word
                if len(batch) > 1:
                    for report in batch:
                        self._write([report])
                else:
                    self.note_refusal(f"cannot write a report: {error}")
                return
            else:
                self.note_success()
                if self._file.note:
                    self._notify(f"{self.name}: {self._file.note}")
                    self._file.note = ""
                return
