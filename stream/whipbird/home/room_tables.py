"""How often phrases err in each room, as tables and for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from whipbird.activity.effort import DAY_H, HOUR_S
from whipbird.review.false_wakes import RoomPhrase, by_hour, spread
from whipbird.terminal.printing import new_table, rounded

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["as_object", "hours_table", "rooms_table", "scores_table"]


def rooms_table(phrases: Iterable[RoomPhrase]) -> Table:
    """A row for each phrase in each room."""
    table = new_table("room", "phrase", "hours", "wakes", "judged", "false", "false an hour (95 %)")
    for one in phrases:
        rate = one.false_per_hour
        table.add_row(
            one.room,
            f"{one.label} ({one.model})",
            f"{one.heard_s / HOUR_S:.2f}",
            f"{one.wakes:,}",
            f"{one.judged:,}",
            f"{one.false:,}",
            "-" if rate is None else f"{rate.per_hour:.3g} ({rate.low:.2g}-{rate.high:.2g})",
        )
    return table


def scores_table(phrases: Iterable[RoomPhrase]) -> Table | None:
    """A row for each phrase and room with judged wakes or near misses; None if there is none."""
    table = new_table(
        "room", "phrase", "scores of right wakes", "of false wakes", "near misses", "judged", "missed calls"
    )
    for one in phrases:
        if one.judged or one.near:
            name, counts = f"{one.label} ({one.model})", (one.near, one.near_judged, one.missed)
            scores = (_span(own) for own in (one.right_scores, one.false_scores))
            table.add_row(one.room, name, *scores, *(f"{count:,}" for count in counts))
    return table if table.row_count else None


def _span(scores: Sequence[float]) -> str:
    """Lowest, middle and highest score, in percent."""
    shown = " / ".join(f"{100 * own:.1f}" for own in spread(scores))
    return f"{shown} %" if shown else "-"


def hours_table(phrases: Iterable[RoomPhrase]) -> Table:
    """A row for each room and hour of the day with wakes, of all phrases."""
    table = new_table("room", "hour of day", "hours", "wakes", "false")
    for (room, hour), own in sorted(by_hour(phrases).items()):
        if own.wakes:
            seconds = f"{own.heard_s / HOUR_S:.2f}"
            table.add_row(room, f"{hour:02}-{(hour + 1) % DAY_H:02}", seconds, f"{own.wakes:,}", f"{own.false:,}")
    return table


def as_object(phrases: Iterable[RoomPhrase]) -> dict[str, Any]:
    """All phrases with their hours, for JSON."""
    return {"rooms": [rounded(one) for one in _objects(phrases)]}


def _objects(phrases: Iterable[RoomPhrase]) -> Iterator[dict[str, Any]]:
    for one in phrases:
        rate = one.false_per_hour
        yield {
            "room": one.room,
            "model": one.model,
            "label": one.label,
            "heard_s": one.heard_s,
            "wakes": one.wakes,
            "judged": one.judged,
            "false": one.false,
            "false_per_hour": None if rate is None else [rate.per_hour, rate.low, rate.high],
            "right_scores": one.right_scores,
            "false_scores": one.false_scores,
            "near": one.near,
            "near_judged": one.near_judged,
            "missed": one.missed,
            "hours": [
                {"hour": hour, "heard_s": own.heard_s, "wakes": own.wakes, "false": own.false}
                for hour, own in sorted(one.hours.items())
            ],
        }
