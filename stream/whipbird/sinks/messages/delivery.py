"""Delivery of the messages in a spool, on threads that try again after failures."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from whipbird.errors import OutputError
from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.sinks.messages.spool import Entry, Spool
from whipbird.sinks.messages.transport import Transport
from whipbird.sinks.publisher import OutputPublisher, reason_of
from whipbird.system.backoff import Backoff

__all__ = ["DeliveryThreads"]


class DeliveryThreads:
    """Sends the messages of a spool, with ``transport.at_once`` threads.

    Attributes
    ----------
    condition : threading.Condition
        Guards what follows and the counts of the publisher; the threads wait for it.
    """

    def __init__(self, transport: Transport, spool: Spool, publisher: OutputPublisher) -> None:
        self.condition = threading.Condition()
        self._transport = transport
        self._spool = spool
        self._publisher = publisher
        self._threads: list[threading.Thread] = []
        self._failing: set[threading.Thread] = set()
        self._complete = False  # no more messages will be added
        self._changed = False  # the transport has to send its own state, even without messages

    def start(self) -> None:
        """Start the threads."""
        count = self._transport.at_once
        self._threads = [threading.Thread(target=self._run, name="delivery", daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def wake(self, reports: Sequence[Report]) -> None:
        """Wake the threads: there are new messages, or reports other than events have changed the transport's state."""
        with self.condition:
            self._changed |= any(not isinstance(report, Detection) for report in reports)
            self.condition.notify_all()

    def finish(self) -> None:
        """Wait until all messages are sent, or the publisher has given up."""
        with self.condition:
            self._complete = True
            self.condition.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        pauses = Backoff(*self._transport.pauses_s)
        singly = 0  # messages still to be sent one by one, because one of them is refused
        while (batch := self._next(1 if singly else self._transport.batch)) is not None:
            singly = max(0, singly - 1)
            try:
                self._transport.send([entry.message for entry in batch], self._publisher.is_overdue)
            except (OSError, OutputError) as error:
                self._spool.give_back(batch)
                singly += bool(singly)
                self._note_failure(reason_of(error), not batch)
                if not pauses.wait(self._publisher.stops_retrying, getattr(error, "after_s", 0.0)):
                    return
            except Exception as error:
                if len(batch) > 1:
                    self._spool.give_back(batch)
                    singly = len(batch)
                else:
                    self._spool.done(batch)
                    with self.condition:
                        self._publisher.note_refusal(str(error))
            else:
                self._spool.done(batch)
                pauses.reset()
                self._note_success(len(batch))

    def _next(self, most: int) -> list[Entry] | None:
        """Wait for the next batch, which is empty if only the transport's own state is to be sent; None at the end."""
        with self.condition:
            while not self._publisher.is_overdue():
                batch = self._spool.take(most)
                if batch or self._changed:
                    self._changed = False
                    return batch
                if self._complete:
                    return None
                self.condition.wait()
        return None

    def _note_failure(self, reason: str, is_state: bool) -> None:
        with self.condition:
            self._changed |= is_state
            self._failing.add(threading.current_thread())
            if not self._publisher.is_overdue():
                self._publisher.note_failure(reason, "sending will be retried")

    def _note_success(self, count: int) -> None:
        with self.condition:
            self._publisher.done += count
            self._failing.discard(threading.current_thread())
            if not self._failing:
                self._publisher.note_success()
