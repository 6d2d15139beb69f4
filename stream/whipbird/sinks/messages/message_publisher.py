"""Hands messages to a broker, a webhook or a command: each is kept on disk until it is delivered.

One thread makes messages of what is reported and puts them into a `Spool`; others, as many as may deliver at once, take
them from there in order. An outage thus costs nothing but room on the disk, however long it lasts and whatever becomes
of the process meanwhile. What was under way when the process was killed is sent once more, with the same ``id``.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Sequence

from whipbird.errors import OutputError
from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.formats.jsonl import as_json
from whipbird.sinks.messages.message import Message
from whipbird.sinks.messages.spool import Entry, Spool
from whipbird.sinks.messages.transport import Transport
from whipbird.sinks.publisher import POLL_S, OutputPublisher, Tell, reason_of
from whipbird.system.backoff import Backoff

__all__ = ["MessagePublisher"]

ADOPT_S = 60.0  # what other processes have left behind is looked for so often
SAVE_S = 1.0  # while the disk cannot be written, that is tried so often


class MessagePublisher(OutputPublisher):
    """Hands messages to an outlet. See `OutputPublisher` for ``live`` and ``tell``.

    With ``by_recording``, it takes what was heard in a recording at its end, by `write_missing`, and nothing otherwise.
    """

    NOUN, DONE, AGAIN = "message", "delivered", "works again"

    def __init__(self, outlet: Transport, spool: Spool, live: bool, tell: Tell, by_recording: bool = False) -> None:
        self._wanted = () if by_recording else outlet.wanted
        self._outlet = outlet
        self._spool = spool
        self._state = threading.Condition()  # of what follows, and of what lanes wait for
        self._failing: set[threading.Thread] = set()
        self._complete = False  # nothing more comes
        self._changed = False  # the outlet has to send a state of its own, though there may be no messages
        self._closed = False
        self._made: tuple[str, list[Message]] = ("", [])  # of the last recording: its mark and its messages
        self._is_full = False
        self._trouble = ""
        super().__init__(outlet.name, live, tell)

    @property
    def backlog(self) -> int:
        return super().backlog + self._spool.waiting

    @property
    def is_crowded(self) -> bool:
        return super().is_crowded or self._spool.fullness > 0.5

    @property
    def lost(self) -> int:
        return super().lost + (self._spool.waiting - self._spool.kept if self._closed else 0)

    @property
    def rest(self) -> str:
        count = self._spool.kept
        return f"{self.name}: {self._waiting(count)} in {self._spool.path}, to be sent the next time" if count else ""

    def publish(self, report: Report) -> None:
        if isinstance(report, self._wanted):
            super().publish(report)

    def write_missing(self, reports: Sequence[Report]) -> None:
        """Take over all reports of one recording, unless they were the last; raises OutputError if it cannot now."""
        mine = [report for report in reports if isinstance(report, self._outlet.wanted)]
        mark = hashlib.sha256(json.dumps([as_json(report) for report in mine]).encode()).hexdigest()
        if mark != self._made[0]:  # else this is another attempt
            self._made = mark, self._messages(mine)
        self._spool.add_once(self._made[1], mark)
        self._notify(mine)

    def close(self, timeout_s: float | None = None) -> bool:
        ended = super().close(timeout_s)
        self._closed = True
        return ended

    def _run(self) -> None:
        lanes = [threading.Thread(target=self._deliver, name="lane", daemon=True) for _ in range(self._outlet.at_once)]
        self._spool.adopt()
        if waiting := self._spool.waiting:
            self._tell(f"{self.name}: {self._waiting(waiting)} from an earlier time, to be sent first")
        if self._spool.damaged is not None:
            self._tell(f"{self.name}: {self._spool.path} was damaged; it is kept as {self._spool.damaged.name}")
        for lane in lanes:
            lane.start()
        self._keep_all()
        with self._state:
            self._complete = True
            self._state.notify_all()
        for lane in lanes:
            lane.join()
        self._spool.close()
        self._outlet.close()

    def _keep_all(self) -> None:
        """Put what is reported into the spool, until the end."""
        adopt_s = time.monotonic() + ADOPT_S
        ended = False
        while not ended:
            reports, ended = self._take(SAVE_S if self._spool.trouble else ADOPT_S)
            if reports:
                self._keep(self._messages(reports))
                self._notify(reports)
            self._spool.save()
            self._speak_of_disk()
            if time.monotonic() >= adopt_s:
                adopt_s = time.monotonic() + ADOPT_S
                if self._spool.adopt():
                    self._notify([])

    def _messages(self, reports: Sequence[Report]) -> list[Message]:
        """Make the messages of reports, of which some may not be possible to tell."""
        messages = []
        for report in reports:
            try:
                messages += self._outlet.messages(report)
            except Exception as error:  # a thread that dies in silence would look like silence
                with self._state:
                    self._refuse(f"a message that cannot be made: {error}")
        return messages

    def _keep(self, messages: Sequence[Message]) -> None:
        while not self._spool.add(messages):
            if self._live or self._given_up():
                with self._state:
                    self._unwritten += len(messages)
                if not self._is_full:
                    self._is_full = True
                    self._tell(f"{self.name}: {self._spool.path or 'memory'} holds all that it may; what comes is lost")
                return
            self._speak_of_disk()
            time.sleep(POLL_S)
        self._is_full = False

    def _notify(self, reports: Sequence[Report]) -> None:
        """Wake the lanes: there are messages of reports, or what is no event has changed the outlet's state."""
        with self._state:
            self._changed |= any(not isinstance(report, Detection) for report in reports)
            self._state.notify_all()

    def _speak_of_disk(self) -> None:
        trouble = self._spool.trouble
        if trouble and not self._trouble:
            self._tell(f"{self.name}: {trouble}; meanwhile, messages are kept in memory alone")
        elif self._trouble and not trouble:
            self._tell(f"{self.name}: messages are kept on disk again")
        self._trouble = trouble

    def _deliver(self) -> None:
        """Send what is in the spool, on a thread of its own."""
        pauses = Backoff(*self._outlet.pauses_s)
        singly = 0  # so many are sent one by one, for one of them is refused
        while (batch := self._next(1 if singly else self._outlet.batch)) is not None:
            singly = max(0, singly - 1)
            try:
                self._outlet.send([entry.message for entry in batch], self._overdue)
            except (OSError, OutputError) as error:
                self._spool.give_back(batch)
                singly += bool(singly)
                self._lane_fails(reason_of(error), not batch)
                if not pauses.wait(self._stops, getattr(error, "after_s", 0.0)):
                    return
            except Exception as error:
                if len(batch) > 1:
                    self._spool.give_back(batch)
                    singly = len(batch)
                else:
                    self._spool.done(batch)
                    with self._state:
                        self._refuse(str(error))
            else:
                self._spool.done(batch)
                pauses.reset()
                self._lane_succeeds(len(batch))

    def _next(self, most: int) -> list[Entry] | None:
        """Wait for what is to be sent next, which is empty for the outlet's own state; None at the end."""
        with self._state:
            while not self._overdue():
                batch = self._spool.take(most)
                if batch or self._changed:
                    self._changed = False
                    return batch
                if self._complete:
                    return None
                self._state.wait()
        return None

    def _lane_fails(self, reason: str, is_state: bool) -> None:
        with self._state:
            self._changed |= is_state
            self._failing.add(threading.current_thread())
            if not self._overdue():
                self._fails(reason, "sending is tried again")

    def _lane_succeeds(self, count: int) -> None:
        with self._state:
            self.done += count
            self._failing.discard(threading.current_thread())
            if not self._failing:
                self._succeeds()

    def _waiting(self, count: int) -> str:
        return f"{count} {self._noun(count, 'waits', 'wait')}"
