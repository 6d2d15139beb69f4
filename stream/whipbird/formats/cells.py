"""Cells of the tables that annotation programs read: how times are written, and names that must fit into a line."""

from __future__ import annotations

from datetime import datetime

__all__ = ["DECIMALS", "cell_score", "cell_seconds", "cell_time"]

DECIMALS = 6  # of a second, as Raven and Audacity write them
SCORE_DECIMALS = 4


def cell_seconds(seconds: float) -> str:
    """As short as it can be: ``1.5``, ``100``."""
    return f"{seconds:.{DECIMALS}f}".rstrip("0").rstrip(".")


def cell_score(score: float) -> str:
    """Between 0 and 1."""
    return f"{score:.{SCORE_DECIMALS}f}"


def cell_time(time: datetime | None) -> str:
    """Date and time of day to the millisecond, as spreadsheets know it: without the zone. Empty if not known."""
    return "" if time is None else time.replace(tzinfo=None).isoformat(" ", "milliseconds")
