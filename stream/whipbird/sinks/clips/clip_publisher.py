"""Clips as an output: sound from the ring, events from the queue, files into a folder, on one thread.

A live source never waits for clips: if writing is so slow that the ring laps its reader, the sound is missing from
them. A source that can wait does. Clips that cannot be written, because the disk is full or gone, wait in memory, the
oldest of them, until they can.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections import deque

from whipbird.audio.ring import Signal
from whipbird.errors import OutputError
from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.clips.cutter import Cutter, Margins
from whipbird.sinks.clips.store import Store
from whipbird.sinks.publisher import POLL_S, OutputPublisher, reason_of
from whipbird.sources.base import Notify, RunningSource
from whipbird.system.backoff import Backoff

__all__ = ["ClipPublisher"]

WAIT_S = 0.25
WAITING_BYTES = 32 << 20  # of clips that cannot be written yet
PAUSES_S = (0.5, 10.0)  # between attempts to write: the first, and the longest
TIDY_S = 60.0  # clips that become too old go so often, also when no others come


class ClipPublisher(OutputPublisher):
    """Writes a clip of each event.

    See `OutputPublisher` for ``live`` and ``notify``.
    """

    NOUN, AGAIN = "clip", "clips are written again"

    def __init__(self, store: Store, margins: Margins, live: bool, notify: Notify) -> None:
        self._store = store
        self._margins = margins
        self._signal = Signal()
        self._cutters: dict[str, Cutter] = {}  # by their source's name
        self._waiting: deque[Clip] = deque()
        self._waiting_bytes = 0
        self._pauses = Backoff(*PAUSES_S)
        self._stays = False  # whether what should go could not be removed
        super().__init__(str(store.folder), live, notify)

    def attach(self, running: RunningSource) -> None:
        cutter = Cutter(running, self._margins, self._signal)
        while not self.is_overdue():
            with contextlib.suppress(queue.Full):
                self._queue.put(cutter, timeout=POLL_S)
                return
        cutter.drop()

    @property
    def backlog(self) -> int:
        return super().backlog + len(self._waiting)

    def publish(self, report: Report) -> None:
        if isinstance(report, Detection):
            super().publish(report)
            self._signal.set()

    def _run(self) -> None:
        ended = False
        tidied_s = time.monotonic()
        while not ended:
            self._signal.wait(WAIT_S)
            # First how far all have been heard: then every event up to there is in the queue.
            heard = {cutter: cutter.heard for cutter in self._cutters.values()}
            ended = self._take_all(heard)
            for cutter, position in heard.items():
                self._advance(cutter, position)
            if self._pauses.pause_over:
                self._write_waiting()
            if time.monotonic() - tidied_s >= TIDY_S:
                tidied_s = time.monotonic()
                self._tidy()
        for cutter in list(self._cutters.values()):
            self._advance(cutter, None)
        self._write_waiting()
        self._unwritten += len(self._waiting)

    def _take_all(self, heard: dict[Cutter, int | None]) -> bool:
        """Hand on what waits; returns whether that was all."""
        with contextlib.suppress(queue.Empty):
            while (item := self._queue.get_nowait()) is not None:
                if isinstance(item, Cutter):
                    if (former := self._cutters.get(item.name)) is not None:
                        heard.pop(former, None)
                        self._advance(former, None)
                    self._cutters[item.name] = item
                elif (cutter := self._cutters.get(item.source)) is not None:
                    cutter.take(item)
                else:
                    self._unwritten += 1
            return True
        return False

    def _advance(self, cutter: Cutter, heard: int | None) -> None:
        """Cut and write what is due; everything if nothing more will be heard."""
        try:
            for clip in cutter.advance(heard):
                self._write(clip)
        except Exception as error:  # a thread that dies in silence would hold up a source that waits for it
            self.note_refusal(f"no more clips of {cutter.name}: {error}")
            heard = None
        if heard is None:
            cutter.drop()
            if self._cutters.get(cutter.name) is cutter:
                del self._cutters[cutter.name]

    def _write(self, clip: Clip) -> None:
        size = clip.samples.nbytes
        if self.is_overdue() or (self._waiting and self._waiting_bytes + size > WAITING_BYTES):
            self._unwritten += 1
            return
        self._waiting.append(clip)
        self._waiting_bytes += size
        if self._pauses.pause_over:
            self._write_waiting()

    def _write_waiting(self) -> None:
        """Write what waits, the oldest first, until that fails."""
        while self._waiting and not self.is_overdue():
            clip = self._waiting[0]
            try:
                self._store.write(clip)
            except (OSError, OutputError) as error:
                self.note_failure(reason_of(error), "clips wait until that has changed")
                self._pauses.start()
                return
            except Exception as error:
                self.note_refusal(f"a clip that cannot be written: {error}")
            else:
                self.done += 1
                self._pauses.reset()
                self.note_success()
            self._waiting.popleft()
            self._waiting_bytes -= clip.samples.nbytes
            self._tidy()

    def _tidy(self) -> None:
        try:
            self._store.tidy()
        except OSError as error:
            if not self._stays:
                self._notify(f"{self.name}: old clips cannot be removed: {error.strerror or error}")
            self._stays = True
        else:
            self._stays = False
