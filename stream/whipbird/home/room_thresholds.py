"""Thresholds of phrases in single rooms, in place of those of their models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from whipbird.errors import WhipbirdError
from whipbird.events.thresholds import Thresholds
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird.system.regular_file import read_bounded
from whipbird.system.strict import explain
from whipbird.system.whole_file import whole_file

__all__ = ["NO_ROOM_THRESHOLDS", "RoomThresholds", "read_room_thresholds", "write_room_thresholds"]

LARGEST = 1 << 20  # bytes of a file

Table = dict[str, dict[str, dict[str, Annotated[float, Field(gt=0, le=1)]]]]
"""Thresholds by room, model and label."""


class RoomThresholds:
    """Thresholds by room, model and label.

    Attributes
    ----------
    table : mapping
    """

    def __init__(self, table: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
        self.table = table

    def in_room(self, model: Model, room: str) -> Model:
        """A model as it is used in a room; the network is the same one."""
        own = self._of(model.card, room)
        return model.with_settings(own.applied_to(model.card.debounce)) if own else model

    def updated(self, table: Mapping[str, Mapping[str, Mapping[str, float]]]) -> RoomThresholds:
        """These thresholds, with others in place of those of the same rooms and models."""
        rooms = {*self.table, *table}
        return RoomThresholds({room: {**self.table.get(room, {}), **table.get(room, {})} for room in sorted(rooms)})

    def lowest(self, card: Card) -> Thresholds:
        """The lowest thresholds of any room, of the labels for which one is lower than that of the card.

        With these, a network leaves out no window that matters in any room.
        """
        found: dict[str, float] = {}
        for room in self.table:
            for label, on in self._of(card, room).labels:
                found[label] = min(found.get(label, card.debounce[label].on), on)
        return Thresholds(labels=tuple((label, on) for label, on in found.items() if on < card.debounce[label].on))

    def _of(self, card: Card, room: str) -> Thresholds:
        own = self.table.get(room, {}).get(card.name, {})
        return Thresholds(labels=tuple((label, on) for label, on in own.items() if label in card.debounce))


NO_ROOM_THRESHOLDS = RoomThresholds({})


def read_room_thresholds(path: Path) -> RoomThresholds:
    """Read a file of thresholds; raises WhipbirdError if it cannot be read, or is none."""
    try:
        table = TypeAdapter(Table).validate_json(read_bounded(path, LARGEST), strict=True)
    except OSError as error:
        raise WhipbirdError(f"{path}: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "".join(f"{part}: " for part in first["loc"])
        raise WhipbirdError(f"{path}: {where}{explain(first)}") from error
    return RoomThresholds(table)


def write_room_thresholds(path: Path, thresholds: RoomThresholds) -> None:
    """Write a file of thresholds; raises WhipbirdError if that cannot be done."""
    content = json.dumps(thresholds.table, indent=2, ensure_ascii=False) + "\n"
    try:
        with whole_file(path) as file:
            file.write(content.encode())
    except OSError as error:
        raise WhipbirdError(f"cannot write {path}: {error.strerror or error}") from error
