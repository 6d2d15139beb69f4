"""Recordings as an output: one thread writes the sound of all live sources into a folder, an hour to a file.

No source ever waits for it. While nothing can be written, because the disk is full or gone, sound is counted as not
recorded; listening goes on.
"""

from __future__ import annotations

import contextlib
import math
import queue
import time
from pathlib import Path

from whipbird.audio.ring import Signal
from whipbird.errors import OutputError
from whipbird.events.reports import Report
from whipbird.sinks.kept_folder import KeptFolder, Tidier
from whipbird.sinks.publisher import OutputPublisher, reason_of
from whipbird.sinks.record.hour_file import name_unfinished, source_in
from whipbird.sinks.record.recorder import Recorder
from whipbird.sinks.retention import Retention
from whipbird.sources.base import Notify, RunningSource
from whipbird.system.backoff import Backoff

__all__ = ["RecordPublisher"]

WAIT_S = 1.0  # for new sound
PAUSES_S = (1.0, 10.0)  # between attempts to write
TIDY_S = 60.0


class RecordPublisher(OutputPublisher):
    """Records all live sources.

    See `OutputPublisher` for ``live`` and ``notify``.

    Raises
    ------
    OutputError
        If the folder cannot be used.
    """

    NOUN, DONE, AGAIN = "second", "recorded", "recording goes on"

    def __init__(
        self, folder: Path, station: str, retention: Retention, reserve_bytes: int, live: bool, notify: Notify
    ) -> None:
        self._station = station
        self._folder = KeptFolder(folder, "recordings", source_in, retention, reserve_bytes)
        self._signal = Signal()
        self._recorders: list[Recorder] = []
        self._pauses = Backoff(*PAUSES_S)
        self._lost_s = 0.0  # by recorders that have ended
        self._tidier = Tidier(f"{folder}: old recordings cannot be named or removed", notify)
        self._has_told_of_loud = False
        super().__init__(str(folder), live, notify)

    def attach(self, running: RunningSource) -> None:
        if running.source.path is None:  # a recording is there already
            with contextlib.suppress(queue.Full):
                self._queue.put_nowait(
                    Recorder(
                        running, self._folder.path, self._station, self._signal, self._folder.check_room, self._keep
                    )
                )

    def publish(self, report: Report) -> None:
        """Reports are not recorded."""

    def close(self, timeout_s: float | None = None) -> bool:
        self._signal.set()
        return super().close(timeout_s)

    @property
    def backlog(self) -> int:
        return 0

    @property
    def lost(self) -> int:
        return round(self._lost_s + sum(recorder.unwritten for recorder in list(self._recorders)))

    def _run(self) -> None:
        ended = False
        tidied_s = -math.inf
        while not ended:
            self._signal.wait(WAIT_S)
            ended = self._take_all()
            for recorder in list(self._recorders):
                self._advance(recorder, ended)
            if time.monotonic() - tidied_s >= TIDY_S:
                tidied_s = time.monotonic()
                self._tidier.run(self._tidy)

    def _take_all(self) -> bool:
        """Take new recorders; returns whether the end was reached."""
        with contextlib.suppress(queue.Empty):
            while (recorder := self._queue.get_nowait()) is not None:
                self._recorders.append(recorder)
            return True
        return False

    def _advance(self, recorder: Recorder, last: bool) -> None:
        """Record what is new of a source; if it has ended, or nothing more is to be recorded, finish its file."""
        gone = last or recorder.ended  # before reading: nothing comes afterwards
        try:
            if self._pauses.pause_over:
                recorder.advance()
                if gone:
                    recorder.close()
                self._pauses.reset()
                self.note_success()
            else:
                recorder.pass_over()
        except Exception as error:
            recorder.pass_over()
            with contextlib.suppress(Exception):
                recorder.close()  # what is there is kept
            if not isinstance(error, OSError | OutputError):
                self._notify(f"{self.name}: cannot record {recorder.name}: {error}")
                gone = True
            else:
                self.note_failure(reason_of(error), "what is heard is not recorded")
                self._pauses.start_pause()
        if gone:
            self._lost_s += recorder.unwritten
            self._recorders.remove(recorder)

    def _keep(self, path: Path, loud: bool) -> None:
        """Count a finished file."""
        self.done += 1
        self._folder.add(path)
        if loud and not self._has_told_of_loud:
            self._has_told_of_loud = True
            self._notify(f"{self.name}: sound above full scale is clipped in recordings")
        self._tidier.run(self._tidy)

    def _tidy(self) -> None:
        """Name what was left unfinished, and remove what is old."""
        own = [recorder.part for recorder in self._recorders if recorder.part is not None]
        for path in name_unfinished(self._folder.path, own):
            self._folder.add(path)
        self._folder.tidy()
