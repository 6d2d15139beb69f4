"""Base class of transports, which send messages to a broker, a webhook or a command."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.sinks.messages.message import Message, message_of

__all__ = ["Transport"]


class Transport(ABC):
    """Sends messages to another program.

    Parameters
    ----------
    name : str
        For people, without secrets.
    batch : int
        Most messages that are sent together.
    at_once : int
        Most batches that are sent at the same time, each on a thread of its own.
    pauses_s : pair of float
        Shortest and longest pause between attempts to send.

    Attributes
    ----------
    wanted : tuple of type
        Kinds of reports that it makes messages of, or needs for its own state.
    """

    wanted: tuple[type, ...] = (Detection,)

    def __init__(
        self, name: str, station: str, *, batch: int = 1, at_once: int = 1, pauses_s: tuple[float, float] = (1.0, 60.0)
    ) -> None:
        self.name = name
        self.station = station
        self.batch = batch
        self.at_once = at_once
        self.pauses_s = pauses_s

    def messages(self, report: Report) -> list[Message]:
        """Make the messages of a report; called once for each. Any exception means that this is impossible."""
        return [message_of(report, self.station)] if isinstance(report, Detection) else []

    @abstractmethod
    def send(self, messages: Sequence[Message], ending: Callable[[], bool]) -> None:
        """Send messages, and return when they are delivered.

        Parameters
        ----------
        messages : sequence of Message
            Empty if only the transport's own state may have changed, through a report that is not an event.
        ending : callable
            Whether to stop soon.

        Raises
        ------
        OSError, OutputError
            If sending fails now but may succeed later; not before ``after_s`` seconds, if the error has that attribute.
        ValueError, or any other
            If one of the messages will never be accepted.
        """

    def close(self) -> None:
        """Release all resources; nothing more is sent."""
        return
