"""Hands messages to a broker, a webhook or a command: each is kept on disk until it is delivered.

One thread makes messages of what is reported and puts them into a `Spool`; others, as many as may deliver at once, take
them from there in order. An outage thus costs nothing but room on the disk, however long it lasts and whatever becomes
of the process meanwhile. What was under way when the process was killed is sent once more, with the same ``id``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import queue
import threading
import time
from collections.abc import Sequence

from stream.errors import OutputError
from stream.report import Report
from stream.sinks.jsonl import as_json
from stream.sinks.messages import Message
from stream.sinks.outlet import Manner, Outlet
from stream.sinks.publisher import BATCH, GIVE_UP_S, POLL_S, OutputPublisher, Tell, loss_of, reason_of
from stream.sinks.spool import Entry, Spool
from stream.sources.retry import Pauses

__all__ = ["MessagePublisher"]

ADOPT_S = 60.0  # what other processes have left behind is looked for so often
SAVE_S = 1.0  # while the disk cannot be written, that is tried so often


class MessagePublisher(OutputPublisher):
    """Hands messages to an outlet.

    Parameters
    ----------
    outlet : Outlet
    spool : Spool
    live : bool
        Whether listening must never wait.
    tell : callable
        Gets a line when sending begins to fail and when it is possible again, and so of the disk.
    manner : Manner
    by_recording : bool
        Take what is heard in a recording when it has been heard to its end, by `write_missing`, and nothing otherwise.
    """

    def __init__(
        self, outlet: Outlet, spool: Spool, live: bool, tell: Tell, manner: Manner, by_recording: bool = False
    ) -> None:
        self._wanted = () if by_recording else outlet.wanted
        self._outlet = outlet
        self._spool = spool
        self._manner = manner
        self._state = threading.Condition()  # of what follows, and of what lanes wait for
        self._failing: set[threading.Thread] = set()
        self._failing_since_s = math.inf
        self._closing = False  # nothing more comes
        self._closed = False
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
    def failing_s(self) -> float:
        return max(0.0, time.monotonic() - self._failing_since_s)

    @property
    def lost(self) -> int:
        return super().lost + (self._spool.waiting - self._spool.kept if self._closed else 0)

    @property
    def loss(self) -> str:
        return loss_of(self.name, self.lost, *self._manner.lost)

    @property
    def rest(self) -> str:
        count = self._spool.kept
        return f"{self.name}: {self._counted(count)} in {self._spool.path}, to be sent the next time" if count else ""

    def publish(self, report: Report) -> None:
        if isinstance(report, self._wanted):
            super().publish(report)

    def write_missing(self, reports: Sequence[Report]) -> None:
        """Take over all reports of one recording, unless they were the last that were, also by an earlier process.

        Raises
        ------
        OutputError
            If they cannot be kept now.
        """
        mine = [report for report in reports if isinstance(report, self._outlet.wanted)]
        mark = hashlib.sha256(json.dumps([as_json(report) for report in mine]).encode()).hexdigest()
        messages, told = self._told(mine)
        self._spool.add_once(messages, mark)
        self._note(told)

    def close(self, timeout_s: float | None = None) -> bool:
        ended = super().close(timeout_s)
        self._closed = True
        return ended

    def _run(self) -> None:
        lanes = [threading.Thread(target=self._deliver, name="lane", daemon=True) for _ in range(self._manner.at_once)]
        self._spool.adopt()
        if waiting := self._spool.waiting:
            self._tell(f"{self.name}: {self._counted(waiting)} from an earlier time, to be sent first")
        if self._spool.damaged is not None:
            self._tell(f"{self.name}: {self._spool.path} was damaged; it is kept as {self._spool.damaged.name}")
        for lane in lanes:
            lane.start()
        self._keep_all()
        with self._state:
            self._closing = True
            self._state.notify_all()
        for lane in lanes:
            while lane.is_alive():
                lane.join(POLL_S)
                if self._overdue():
                    self._outlet.break_off()
        self._spool.close()
        self._outlet.close()

    def _keep_all(self) -> None:
        """Put what is reported into the spool, until the end."""
        adopt_s = time.monotonic() + ADOPT_S
        ended = False
        while not ended:
            reports, ended = self._reported()
            if reports:
                messages, told = self._told(reports)
                self._keep(messages)
                self._note(told)
            self._spool.save()
            self._speak_of_disk()
            if time.monotonic() >= adopt_s:
                adopt_s = time.monotonic() + ADOPT_S
                if self._spool.adopt():
                    self._notify()

    def _reported(self) -> tuple[list[Report], bool]:
        """What waits in the queue, and whether that was all."""
        reports: list[Report] = []
        with contextlib.suppress(queue.Empty):
            report = self._queue.get(timeout=SAVE_S if self._spool.trouble else ADOPT_S)
            while report is not None:
                reports.append(report)
                if len(reports) == BATCH:
                    return reports, False
                report = self._queue.get_nowait()
            return reports, True
        return reports, False

    def _told(self, reports: Sequence[Report]) -> tuple[list[Message], list[Report]]:
        """What is to be sent of reports, and those of them that can be told."""
        messages, told = [], []
        for report in reports:
            try:
                messages += self._outlet.messages(report)
                told.append(report)
            except Exception as error:  # a thread that dies in silence would look like silence
                with self._state:
                    self._refuse(f"{self._manner.lost[0]} that cannot be told: {error}")
        return messages, told

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

    def _note(self, reports: Sequence[Report]) -> None:
        for report in reports:
            self._outlet.note(report)
        self._notify()

    def _notify(self) -> None:
        with self._state:
            self._state.notify_all()

    def _speak_of_disk(self) -> None:
        trouble = self._spool.trouble
        if trouble and not self._trouble:
            self._tell(f"{self.name}: {trouble}; meanwhile, {self._manner.lost[0]}s are kept in memory alone")
        elif self._trouble and not trouble:
            self._tell(f"{self.name}: {self._manner.lost[0]}s are kept on disk again")
        self._trouble = trouble

    def _deliver(self) -> None:
        """Send what is in the spool, on a thread of its own."""
        pauses = Pauses(*self._manner.pauses_s)
        singly = 0  # so many are sent one by one, for one of them is refused
        while (batch := self._next(1 if singly else self._manner.batch)) is not None:
            singly = max(0, singly - 1)
            try:
                self._outlet.send([entry.message for entry in batch])
            except (OSError, OutputError) as error:
                self._spool.give_back(batch)
                singly += bool(singly)
                self._fails(reason_of(error))
                if not self._wait(max(pauses.next_s(), getattr(error, "after_s", 0.0))):
                    return
            except Exception as error:
                if len(batch) > 1:
                    self._spool.give_back(batch)
                    singly = len(batch)
                else:
                    self._spool.done(batch)
                    with self._state:
                        self._refuse(": ".join(filter(None, (self._manner.refused, str(error)))))
            else:
                self._spool.done(batch)
                pauses.reset()
                self._succeeds(len(batch))

    def _next(self, most: int) -> list[Entry] | None:
        """What is to be sent next: waits until there is something; None at the end."""
        with self._state:
            while not self._overdue():
                if (batch := self._spool.take(most)) or self._outlet.is_due:
                    return batch
                if self._closing:
                    return None
                self._state.wait()
        return None

    def _wait(self, pause_s: float) -> bool:
        """Wait before another attempt; False if there is to be none."""
        until_s = time.monotonic() + pause_s
        while not self._overdue():
            if time.monotonic() >= until_s:
                return True
            if self._closing and self._given_up():
                return False
            time.sleep(POLL_S)
        return False

    def _given_up(self) -> bool:
        return self._overdue() or self.failing_s > GIVE_UP_S

    def _fails(self, reason: str) -> None:
        with self._state:
            begins = not self._failing
            self._failing.add(threading.current_thread())
            if begins and not self._overdue():
                self._failing_since_s = time.monotonic()
                self._tell(f"{self.name}: {reason}; {self._manner.again}")

    def _succeeds(self, count: int) -> None:
        with self._state:
            self.done += count
            self._refusal = ""
            if threading.current_thread() in self._failing:
                self._failing.remove(threading.current_thread())
                if not self._failing:
                    self._failing_since_s = math.inf
                    lost = f"; {self._counted(self.lost, 'lost')}" if self.lost else ""
                    self._tell(f"{self.name}: {self._manner.well}{lost}")

    def _counted(self, count: int, what: str = "") -> str:
        one = self._manner.lost[0]
        if what:
            return f"{count} {one} is {what}" if count == 1 else f"{count} {one}s are {what}"
        return f"{count} {one} waits" if count == 1 else f"{count} {one}s wait"
