"""A gap: consecutive samples that are missing, because a source lost them, a reader came too late, or by intention."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BELOW_TRIGGER", "TRUNCATED", "Gap", "is_lost"]

BELOW_TRIGGER = "below trigger"
"""Reason of gaps that a triggered recorder left, because the sound was too quiet. All other gaps are losses."""

TRUNCATED = "truncated"
"""Reason of gaps where a recording breaks off."""


def is_lost(reason: str) -> bool:
    """Whether a gap of this reason is a loss."""
    return reason != BELOW_TRIGGER


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples ``begin`` up to, not including, ``end``, from the start of the source, and why they are missing."""

    begin: int
    end: int
    reason: str

    def __len__(self) -> int:
        return self.end - self.begin
