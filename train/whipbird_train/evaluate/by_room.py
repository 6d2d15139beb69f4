"""Thresholds of a model's labels for each room, from verdicts on wakes and on near misses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from whipbird.activity.recorded_events import RecordedEvents
from whipbird.models.model import Model
from whipbird.review.clip_sound import FindsClips
from whipbird.review.false_wakes import room_of
from whipbird.review.sampling import Candidate, Stratum, candidates_of
from whipbird_train.evaluate.reviewed import ReviewedLabel, reviewed_labels

__all__ = ["NearMiss", "reviewed_rooms", "room_table"]

BELOW = 1000  # levels by which the strata of near misses are below those of wakes


@dataclass(frozen=True)
class NearMiss(Candidate):
    """A near miss. They are drawn by themselves, so they have strata of their own."""

    @property
    def stratum(self) -> Stratum:
        own = super().stratum
        return own._replace(level=own.level - BELOW)


def reviewed_rooms(
    wakes: Iterable[RecordedEvents],
    near: Iterable[RecordedEvents],
    model: Model,
    right: float,
    clips: FindsClips | None = None,
    notify: Callable[[str], None] = lambda text: None,
) -> dict[str, list[ReviewedLabel]]:
    """The judged labels of a model in each room, with thresholds before and after; see `reviewed_labels`.

    With near misses, a threshold may also become lower than it was.
    """
    by_room: dict[str, list[Candidate]] = {}
    for one in (*candidates_of(wakes), *(NearMiss(own.recording, own.event) for own in candidates_of(near))):
        if one.recording.path is None:
            by_room.setdefault(room_of(one.recording.source), []).append(one)
    found = {room: reviewed_labels(own, model, right, clips, notify) for room, own in sorted(by_room.items())}
    return {room: labels for room, labels in found.items() if labels}


def room_table(name: str, rooms: Mapping[str, Sequence[ReviewedLabel]]) -> dict[str, dict[str, dict[str, float]]]:
    """The thresholds after review by room, model and label, as `whipbird.home.room_thresholds` takes them."""
    table = {
        room: {one.label: one.after.threshold for one in labels if one.after is not None and one.after.threshold > 0}
        for room, labels in rooms.items()
    }
    return {room: {name: own} for room, own in table.items() if own}
