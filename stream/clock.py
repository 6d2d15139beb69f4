"""Wall clock time of samples: an anchor in time, and where it is known from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Clock"]


@dataclass(frozen=True, slots=True)
class Clock:
    """When a source began.

    Attributes
    ----------
    start : datetime or None
        Time of its first sample, with zone; None when it is not known.
    origin : str
        Where that is known from: ``live`` (the system's clock when listening began) or ``none``.
    """

    start: datetime | None = None
    origin: str = "none"

    def at(self, seconds: float) -> datetime | None:
        """The time so many seconds after the start."""
        return None if self.start is None else self.start + timedelta(seconds=seconds)
