"""Cells of tables for annotation programs: how times and scores are written."""

from __future__ import annotations

from datetime import datetime

__all__ = ["DECIMALS", "cell_score", "cell_seconds", "cell_time"]

DECIMALS = 6  # of a second, as Raven and Audacity write them
SCORE_DECIMALS = 4


def cell_seconds(seconds: float) -> str:
    """Seconds without trailing zeros: ``1.5``, ``100``."""
    return f"{seconds:.{DECIMALS}f}".rstrip("0").rstrip(".")


def cell_score(score: float) -> str:
    """A score between 0 and 1."""
    return f"{score:.{SCORE_DECIMALS}f}"


def cell_time(time: datetime | None) -> str:
    """Date and time to the millisecond, without the zone, as spreadsheets expect; empty if unknown."""
    return "" if time is None else time.replace(tzinfo=None).isoformat(" ", "milliseconds")
