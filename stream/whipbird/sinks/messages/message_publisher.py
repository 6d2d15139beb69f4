"""Hands messages to a broker, a webhook or a command; each message is kept on disk until it is delivered.

The publisher's thread makes messages from reports and puts them into a `Spool`. `DeliveryThreads` take them from there
in order. An outage therefore only takes room on the disk, however long it lasts, and even if the process ends during
it. Messages that were being sent when the process was killed are sent again with the same ``id``.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence

from whipbird.events.reports import Report
from whipbird.formats.jsonl import as_json
from whipbird.sinks.messages.delivery import DeliveryThreads
from whipbird.sinks.messages.message import Message
from whipbird.sinks.messages.spool import Spool
from whipbird.sinks.messages.transport import Transport
from whipbird.sinks.publisher import POLL_S, OutputPublisher
from whipbird.sources.base import Notify

__all__ = ["MessagePublisher"]

AT_ONCE = 100  # messages that are made and saved together
ADOPT_S = 5.0  # between searches for spools that other processes, or this output under earlier settings, left behind
SAVE_S = 1.0  # between attempts to write to the disk while that fails
STALLED_S = 10.0  # without progress in saving what is queued


class MessagePublisher(OutputPublisher):
    """Hands messages to a transport. See `OutputPublisher` for ``live`` and ``notify``.

    With ``by_recording``, it takes the reports of a recording only at its end, through `write_missing`.
    """

    NOUN, DONE, AGAIN = "message", "delivered", "works again"

    def __init__(
        self, transport: Transport, spool: Spool, live: bool, notify: Notify, by_recording: bool = False
    ) -> None:
        self._wanted = () if by_recording else transport.wanted
        self._transport = transport
        self._spool = spool
        self._delivery = DeliveryThreads(transport, spool, self)
        self._complete = False  # everything queued is in the spool
        self._saved_s = time.monotonic()  # when some of what was queued was saved last
        self._closed = False
        self._made: tuple[str, list[Message]] = ("", [])  # of the last recording: its mark and its messages
        self._is_full = False
        self._trouble = ""
        super().__init__(transport.name, live, notify)

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
    def waiting(self) -> str:
        name, count = super().waiting, self._spool.waiting
        return f"{name} ({count} {self._noun(count, 'is', 'are')} not {self.DONE} yet)" if name and count else name

    @property
    def rest(self) -> str:
        count = self._spool.kept
        return f"{self.name}: {self._waiting(count)} in {self._spool.path}, to be sent by the next run" if count else ""

    def publish(self, report: Report) -> None:
        if isinstance(report, self._wanted):
            super().publish(report)

    def write_missing(self, reports: Sequence[Report]) -> None:
        """Take over all reports of one recording, unless that was done last; raises OutputError if it fails now."""
        mine = [report for report in reports if isinstance(report, self._transport.wanted)]
        mark = hashlib.sha256(json.dumps([as_json(report) for report in mine]).encode()).hexdigest()
        if mark != self._made[0]:  # otherwise this is another attempt
            self._made = mark, self._messages(mine)
        self._spool.add_once(self._made[1], mark)
        self._delivery.wake(mine)

    def close(self, timeout_s: float | None = None) -> bool:
        ended = super().close(timeout_s)
        self._closed = True
        return ended

    def _is_saving(self) -> bool:
        return not self._complete and time.monotonic() - self._saved_s < STALLED_S

    def _run(self) -> None:
        self._spool.adopt()
        if waiting := self._spool.waiting:
            self._notify(f"{self.name}: {self._waiting(waiting)} from an earlier run, to be sent first")
        if self._spool.damaged is not None:
            self._notify(f"{self.name}: {self._spool.path} was damaged; it is kept as {self._spool.damaged.name}")
        self._delivery.start()
        self._spool_all()
        self._complete = True
        self._delivery.finish()
        self._spool.close()
        self._transport.close()

    def _spool_all(self) -> None:
        """Put messages of all reports into the spool, until the end."""
        adopt_s = time.monotonic() + ADOPT_S
        ended = False
        while not ended:
            reports, ended = self._take(SAVE_S if self._spool.trouble else ADOPT_S)
            for start in range(0, len(reports), AT_ONCE):
                some = reports[start : start + AT_ONCE]
                self._add(self._messages(some))
                self._delivery.wake(some)
                self._saved_s = time.monotonic()
            self._spool.save()
            self._report_disk()
            if time.monotonic() >= adopt_s:
                adopt_s = time.monotonic() + ADOPT_S
                if self._spool.adopt():
                    self._delivery.wake([])

    def _messages(self, reports: Sequence[Report]) -> list[Message]:
        """Make the messages of reports; count reports that no message can be made of."""
        messages = []
        for report in reports:
            try:
                messages += self._transport.messages(report)
            except Exception as error:  # the thread must not end without a word
                with self._delivery.condition:
                    self.note_refusal(f"cannot make a message: {error}")
        return messages

    def _add(self, messages: Sequence[Message]) -> None:
        while not self._spool.add(messages):
            if self._live or self._given_up():
                with self._delivery.condition:
                    self._unwritten += len(messages)
                if not self._is_full:
                    self._is_full = True
                    self._notify(f"{self.name}: {self._spool.path or 'memory'} is full; new messages are lost")
                return
            self._report_disk()
            time.sleep(POLL_S)
        self._is_full = False

    def _report_disk(self) -> None:
        """Notify when the disk fails, and when it works again."""
        trouble = self._spool.trouble
        if trouble and not self._trouble:
            self._notify(f"{self.name}: {trouble}; until it works again, messages are kept only in memory")
        elif self._trouble and not trouble:
            self._notify(f"{self.name}: messages are kept on disk again")
        self._trouble = trouble

    def _waiting(self, count: int) -> str:
        return f"{count} {self._noun(count, 'waits', 'wait')}"
