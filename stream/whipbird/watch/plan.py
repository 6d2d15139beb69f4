"""Options and totals of a watcher."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

__all__ = ["WatchPlan", "WatchTotals"]


@dataclass(frozen=True)
class WatchPlan:
    """Options of a watcher.

    Attributes
    ----------
    settle_s : float
        Seconds without change until a file counts as settled.
    sweep_s : float
        Seconds between looks through the folders.
    once : bool
        End when no recordings are left.
    again : bool
        Process recordings again that were processed with other models, settings or outputs.
    retry_failed : bool
        Process recordings that failed before or are incomplete, as far as they can be read.
    zone : tzinfo or None
        Time zone of recordings that do not specify one.
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

    ``unexamined`` counts files and folders that could not be examined.
    ``processed_before``, ``failed_before`` and ``skipped`` count recordings of earlier runs; those skipped were
    processed with other models or settings, or into other outputs.
    """

    waiting: int = 0
    processed: int = 0
    failed: int = 0
    incomplete: int = 0
    processed_before: int = 0
    skipped: int = 0
    failed_before: int = 0
    unexamined: int = 0
    waiting_s: float = 0.0
    processed_s: float = 0.0
    busy_s: float = 0.0

    def __str__(self) -> str:
        counts = {
            "processed": self.processed,
            "failed": self.failed,
            "incomplete": self.incomplete,
            "processed before": self.processed_before,
            "skipped": self.skipped,
            "failed or incomplete before": self.failed_before,
            "not processed yet": self.waiting,
            "not examined": self.unexamined,
        }
        parts = [f"{count} {what}" for what, count in counts.items() if count or what == "processed"]
        return f"recordings: {', '.join(parts)}"
