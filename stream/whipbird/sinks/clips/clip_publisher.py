"""Clips as an output: one thread takes sound from the ring and events from the queue, and writes files into a folder.

A live source never waits for clips: if writing is so slow that the ring overwrites unread sound, that sound is missing
from the clips. A source that can wait does so. While clips cannot be written, because the disk is full or gone, they
wait in memory, up to `WAITING_BYTES`; later clips are lost.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections import deque

from whipbird.audio.ring import Signal
from whipbird.errors import OutputError
from whipbird.events.detection import Detection
from whipbird.events.reports import Opening, Report
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.clips.cutter import Cutter, Margins
from whipbird.sinks.clips.store import Store
from whipbird.sinks.clips.voices import BLANK, KEEP, VoiceDetector, blanked, treatment
from whipbird.sinks.kept_folder import Tidier
from whipbird.sinks.publisher import POLL_S, OutputPublisher, reason_of
from whipbird.sources.base import Notify, RunningSource
from whipbird.system.backoff import Backoff

__all__ = ["ClipPublisher"]

WAIT_S = 0.25  # for new sound or events
WAITING_BYTES = 32 << 20  # most bytes of clips that wait in memory
PAUSES_S = (0.5, 10.0)  # shortest and longest pause between attempts to write
TIDY_S = 60.0  # between removals of old clips, even without new clips


class ClipPublisher(OutputPublisher):
    """Writes a clip of each event.

    See `OutputPublisher` for ``live`` and ``notify``.

    Parameters
    ----------
    voices : str
        What becomes of a clip in which somebody speaks: ``keep``, ``blank`` or ``withhold``; empty to keep those of
        models that listen for words, and to withhold others.

    Attributes
    ----------
    withheld : int
        Clips that were not written because somebody speaks in them.
    """

    NOUN, AGAIN = "clip", "clips are written again"

    def __init__(self, store: Store, margins: Margins, live: bool, notify: Notify, voices: str = "") -> None:
        self._voices = voices
        self._detector: VoiceDetector | None = None
        self._models_of_words: set[str] = set()
        self._store = store
        self._margins = margins
        self._signal = Signal()
        self._cutters: dict[str, Cutter] = {}  # by name of the source
        self._waiting: deque[Clip] = deque()
        self._waiting_bytes = 0
        self._pauses = Backoff(*PAUSES_S)
        self._tidier = Tidier(f"{store.folder}: old clips cannot be removed", notify)
        self._has_told_of_loud = False
        super().__init__(str(store.folder), live, notify)

    def attach(self, running: RunningSource) -> None:
        cutter = Cutter(running, self._margins, self._signal)
        while not self.is_overdue():
            try:
                self._queue.put(cutter, block=not self._live, timeout=POLL_S)
                return
            except queue.Full:
                if self._live:  # whoever starts a source never waits for a folder that hangs
                    self._notify(f"{self.name}: clips wait to be written, and no more fit; no clips of {cutter.name}")
                    break
        cutter.drop()

    @property
    def backlog(self) -> int:
        return super().backlog + len(self._waiting)

    def publish(self, report: Report) -> None:
        if isinstance(report, Detection | Opening):
            super().publish(report)
            self._signal.set()

    def _run(self) -> None:
        ended = False
        tidied_s = time.monotonic()
        while not ended:
            self._signal.wait(WAIT_S)
            # Read the positions first: every event before them is then in the queue.
            processed = {cutter: cutter.processed for cutter in self._cutters.values()}
            ended = self._take_all(processed)
            for cutter, position in processed.items():
                self._advance(cutter, position)
            if self._pauses.pause_over:
                self._write_waiting()
            if time.monotonic() - tidied_s >= TIDY_S:
                tidied_s = time.monotonic()
                self._tidier.run(self._store.tidy)
        for cutter in list(self._cutters.values()):
            self._advance(cutter, None)
        self._write_waiting()
        self._unwritten += len(self._waiting)

    def _take_all(self, processed: dict[Cutter, int | None]) -> bool:
        """Pass waiting events to their cutters; returns whether the end was reached."""
        with contextlib.suppress(queue.Empty):
            while (item := self._queue.get_nowait()) is not None:
                if isinstance(item, Cutter):
                    if (former := self._cutters.get(item.name)) is not None:
                        processed.pop(former, None)
                        self._advance(former, None)
                    self._cutters[item.name] = item
                elif isinstance(item, Opening):
                    self._models_of_words |= {one.model for one in item.listeners if one.hears_words}
                elif (cutter := self._cutters.get(item.source)) is not None:
                    cutter.add_event(item)
                else:
                    self._unwritten += 1
            return True
        return False

    def _advance(self, cutter: Cutter, processed: int | None) -> None:
        """Cut and write the clips that are due; all clips if the source has ended."""
        try:
            for clip in cutter.advance(processed):
                if (screened := self._screened(clip)) is not None:
                    self._write(screened)
        except Exception as error:  # if the thread ended, a source that waits for it would hang
            self.note_refusal(f"no more clips of {cutter.name}: {error}")
            processed = None
        if processed is None:
            cutter.drop()
            if self._cutters.get(cutter.name) is cutter:
                del self._cutters[cutter.name]

    def _screened(self, clip: Clip) -> Clip | None:
        """The clip as it may be kept; None if it may not."""
        voices = treatment(self._voices, clip.best.model in self._models_of_words)
        if voices == KEEP:
            return clip
        if self._detector is None:
            self._detector = VoiceDetector()
        spans = self._detector.spans(clip)
        if not spans:
            return clip
        if voices == BLANK:
            return blanked(clip, spans)
        self.withheld += 1
        if self.withheld == 1:
            self._notify(f"{self.name}: somebody speaks in a clip, so it is not kept; its event is reported")
        return None

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
        """Write waiting clips, the oldest first, until writing fails."""
        while self._waiting and not self.is_overdue():
            clip = self._waiting[0]
            try:
                self._store.write(clip)
            except (OSError, OutputError) as error:
                self.note_failure(reason_of(error), "clips wait until they can be written")
                self._pauses.start_pause()
                return
            except Exception as error:
                self.note_refusal(f"cannot write a clip: {error}")
            else:
                self.done += 1
                self._pauses.reset()
                self.note_success()
                if clip.is_loud and not self._has_told_of_loud:
                    self._has_told_of_loud = True
                    self._notify(f"{self.name}: sound above full scale is kept, in WAV files of 32-bit floating point")
            self._waiting.popleft()
            self._waiting_bytes -= clip.samples.nbytes
            self._tidier.run(self._store.tidy)
