"""What a watcher is to do, and what it has done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

__all__ = ["WatchPlan", "WatchTotals"]


@dataclass(frozen=True)
class WatchPlan:
    """What is asked for.

    Attributes
    ----------
    settle_s : float
        So long a file must not change.
    sweep_s : float
        The folders are looked through so often.
    once : bool
        End when nothing is left.
    again : bool
        Hear also what was heard before, but otherwise.
    retry_failed : bool
        Hear also what failed before or is incomplete, as far as it goes.
    zone : tzinfo or None
        Of recordings that do not tell theirs.
    """

    settle_s: float = 5.0
    sweep_s: float = 10.0
    once: bool = False
    again: bool = False
    retry_failed: bool = False
    zone: tzinfo | None = None


@dataclass
class WatchTotals:
    """Counts of recordings, seconds of sound, and the time that processing took.

    Recordings of earlier times are ``before``, ``failed_before`` and ``otherwise``: processed by other models or
    settings or into other outputs.
    """

    waiting: int = 0
    processed: int = 0
    failed: int = 0
    incomplete: int = 0
    processed_before: int = 0
    left_out: int = 0
    failed_before: int = 0
    waiting_s: float = 0.0
    processed_s: float = 0.0
    busy_s: float = 0.0

    def __str__(self) -> str:
        counts = {
            "heard": self.processed,
            "failed": self.failed,
            "incomplete": self.incomplete,
            "heard before": self.processed_before,
            "left out": self.left_out,
            "failed before": self.failed_before,
            "not heard yet": self.waiting,
        }
        parts = [f"{count} {what}" for what, count in counts.items() if count or what == "heard"]
        return f"recordings: {', '.join(parts)}"
