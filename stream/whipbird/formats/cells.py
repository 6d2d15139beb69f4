"""Cells of tables for annotation programs: how times and scores are written."""

from __future__ import annotations

from datetime import UTC, datetime

from whipbird.events.detection import Detection

__all__ = ["DECIMALS", "VERDICT_COLUMNS", "cell_score", "cell_seconds", "cell_time", "verdict_cells"]

VERDICT_COLUMNS = ("verdict", "other_label", "judge", "judged", "drawn")

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


def verdict_cells(event: Detection, drawn: bool = False) -> tuple[str, ...]:
    """Cells of `VERDICT_COLUMNS`, the time in UTC; empty without a verdict, but for whether the event was ``drawn``."""
    verdict = event.verdict
    if verdict is None:
        return ("", "", "", "", "true" if drawn else "")
    judged = verdict.time.astimezone(UTC).isoformat(timespec="seconds")
    return verdict.answer.value, verdict.other or "", verdict.judge, judged, str(verdict.drawn).lower()
