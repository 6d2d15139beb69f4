"""Hands reports to a file or a database, all that wait at once, and tries again when writing fails.

Up to `QUEUE_LENGTH` reports wait in memory meanwhile.
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

PAUSES_S = (0.5, 10.0)  # between attempts to write: the first, and the longest


class OutputFile(Protocol):
    """A file that holds reports."""

    name: str

    def write(self, reports: Sequence[Report]) -> None:
        """Write all of these or, if an error is raised, none; called on one thread at a time.

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

        It raises what `write` does.
        """

    def close(self) -> None:
        """Give back what it holds; what was written is there to stay."""


class FilePublisher(OutputPublisher):
    """Hands reports to a file, all that wait at once, and tries again when that fails.

    See `OutputPublisher` for ``live`` and ``notify``.
    """

    def __init__(self, file: OutputFile, live: bool, notify: Notify) -> None:
        self._file = file
        self._lock = threading.Lock()  # of the file
        self._in_hand = 0
        self._abandoned = False
        super().__init__(file.name, live, notify)

    @property
    def lost(self) -> int:
        return super().lost + (self._in_hand if self._abandoned else 0)

    def write_missing(self, reports: Sequence[Report]) -> None:
        """Write what the file lacks of these at once, see `OutputFile`; on any thread."""
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
            if self._abandoned:  # what waited has been counted
                return
            if batch:
                self._in_hand = len(batch)
                self._write(batch)
                if self._abandoned:
                    return
                self._in_hand = 0

    def _write(self, batch: Sequence[Report]) -> None:
        pauses = Backoff(*PAUSES_S)
        while True:
            try:
                with self._lock:
                    self._file.write(batch)
            except (OSError, OutputError) as error:
                self.note_failure(reason_of(error, self.name), "writing is tried again")
                if not pauses.wait(self.stops_retrying):
                    self.give_up_after(0.0)
                    if not self._abandoned:
                        self._unwritten += len(batch)
                    return
            except Exception as error:  # a thread that dies in silence would look like silence
                if len(batch) > 1:
                    for report in batch:
                        self._write([report])
                else:
                    self.note_refusal(f"a report that cannot be written: {error}")
                return
            else:
                self.note_success()
                return
