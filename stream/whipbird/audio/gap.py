"""A gap: consecutive samples that a source lost, or that a reader came too late for."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Gap"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples ``begin`` up to, not including, ``end``, from the start of the source, and why they are missing."""

    begin: int
    end: int
    reason: str

    def __len__(self) -> int:
        return self.end - self.begin
