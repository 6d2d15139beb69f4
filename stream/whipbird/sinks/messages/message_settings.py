"""The settings that every kind of message sink has; each transport's module holds its own, and its transport."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from whipbird.sinks.messages.transport import Transport
from whipbird.sinks.values import StrictTable

__all__ = ["MessageSettings"]


class MessageSettings(StrictTable):
    """Settings of a message sink.

    Attributes
    ----------
    MAIN_KEY : str
        The setting that a text alone stands for.
    """

    MAIN_KEY: ClassVar[str] = "address"

    @property
    def credentials(self) -> tuple[object, ...]:
        """Passwords, tokens and certificates in force now, for comparison; OutputError if a file is unreadable."""
        return ()

    def target(self, station: str) -> tuple[str, Callable[[], Transport]]:
        """Return the name of its spool and what makes the transport; raises OutputError if it cannot be used."""
        raise NotImplementedError
