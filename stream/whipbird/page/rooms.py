"""How often labels are false in each room, for the screen about that."""

from __future__ import annotations

from collections import Counter

from whipbird.activity.selection import Selection
from whipbird.page.observations import Look, Observations
from whipbird.review.false_wakes import RoomPhrase, read_rooms

__all__ = ["listened_labels", "room_rows"]

MOST_LABELS = 50  # of a model; others listen for all species of the world, not for words


def listened_labels(look: Look) -> frozenset[str]:
    """The labels of models with few labels; none if there is no live sound."""
    if all(run.path is not None for run in look.runs.by_number.values()):
        return frozenset()
    rows = look.connection.execute(
        "SELECT list_id, label FROM listed_labels WHERE list_id IN "
        "(SELECT list_id FROM listed_labels GROUP BY list_id HAVING count(*) <= ?)",
        (MOST_LABELS,),
    ).fetchall()
    return frozenset(label for _, label in rows)


def room_rows(data: Observations, labels: frozenset[str]) -> list[RoomPhrase]:
    """The labels in all rooms, those with most events first in each."""
    if not labels:
        return []
    rows = read_rooms(data.path, Selection(labels=labels), lambda text: None)
    heard: Counter[str] = Counter()
    for one in rows:
        heard[one.room] += one.wakes
    return sorted(rows, key=lambda one: (-heard[one.room], one.room, -one.wakes, one.label))
