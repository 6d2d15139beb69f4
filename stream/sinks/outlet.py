"""Outlets: what messages are handed to, a broker, a webhook or a command, and in which manner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stream.detection import Detection
from stream.report import Report
from stream.sinks.messages import Message

__all__ = ["Manner", "Outlet"]


class Outlet(Protocol):
    """Something that takes messages to others.

    Attributes
    ----------
    name : str
        For people, without secrets.
    wanted : tuple of type
        Kinds of reports that concern it.
    """

    name: str
    wanted: tuple[type, ...] = (Detection,)

    def messages(self, report: Report) -> list[Message]:
        """What is to be sent of a report.

        Raises
        ------
        ValueError, or any other
            If it cannot be told.
        """

    def note(self, report: Report) -> None:
        """Know of a report whose messages are kept."""
        return

    @property
    def is_due(self) -> bool:
        """Whether it has something to send besides messages, which need not be kept."""
        return False

    def send(self, messages: Sequence[Message]) -> None:
        """Send all of these, and what is due; returns when they are delivered.

        Raises
        ------
        OSError, OutputError
            If that is not possible now, but perhaps later; not before so many seconds, if it has an ``after_s``.
        ValueError, or any other
            If one of them will never be taken.
        """

    def break_off(self) -> None:
        """What is being sent is to end soon; on any thread, and more than once."""
        return

    def close(self) -> None:
        """Nothing more is sent."""


@dataclass(frozen=True)
class Manner:
    """How messages are handed to an outlet.

    Attributes
    ----------
    batch : int
        So many are sent together at most.
    at_once : int
        So many such batches are under way at the same time.
    pauses_s : pair of float
        Between attempts to send: the first, and the longest.
    again, well, refused : str
        What is said when sending begins to fail, when it succeeds again, and of a message that is never taken.
    lost : pair of str
        What is lost, and what should have become of it.
    """

    batch: int = 1
    at_once: int = 1
    pauses_s: tuple[float, float] = (1.0, 60.0)
    again: str = "listening goes on, and sending is tried again"
    well: str = "is reached again"
    refused: str = ""
    lost: tuple[str, str] = ("event", "delivered")
