"""Outlets: a broker, a webhook or a command, which takes messages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.sinks.messages.message import Message, message_of

__all__ = ["Transport"]


class Transport(ABC):
    """Something that takes messages to others.

    Parameters
    ----------
    name : str
        For people, without secrets.
    batch : int
        Most messages that are sent together.
    at_once : int
        Most batches that are sent at the same time, each on a thread of its own.
    pauses_s : pair of float
        Between attempts to send: the first, and the longest.

    Attributes
    ----------
    wanted : tuple of type
        Kinds of reports that concern it.
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
            Empty if there are none, but a report that is no event may have changed what else the outlet tells.
        ending : callable
            Whether to break off soon.

        Raises
        ------
        OSError, OutputError
            If that is not possible now, but perhaps later; not before ``after_s`` seconds, if the error has that.
        ValueError, or any other
            If one of them will never be taken.
        """

    def close(self) -> None:
        """Release what it holds; nothing more is sent."""
        return
