"""The health of a source: its state, its counts, and both as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

__all__ = ["WELL", "Health", "State"]

DIGITS = 3


class State(StrEnum):
    """How a source is."""

    OPENING = "opening"
    LISTENING = "listening"
    AWAY = "away"  # gives no sound, and is tried again
    WAITING = "waiting"  # for recordings
    HEARING = "hearing"  # a recording
    ENDED = "ended"


WELL = frozenset({State.OPENING, State.LISTENING, State.WAITING, State.HEARING, State.ENDED})


@dataclass(frozen=True)
class Health:
    """How a source is at one moment.

    Attributes
    ----------
    problem : str or None
        Why it is away.
    detail : str or None
        The recording that is being heard.
    elapsed_s : float or None
        Of a live source, measured by the clock; None before there is anything to tell.
    today : dict from str to int
        Events since midnight, by label.
    events, outages : int
        Since the station began.
    drift_ppm, correction_s : float
        See `whipbird.station.clock_drift`.
    """

    name: str
    kind: str
    state: State
    problem: str | None
    detail: str | None
    heard_s: float
    lost_s: float
    elapsed_s: float | None
    last_sound: datetime | None
    last_event: datetime | None
    last_label: str | None
    today: dict[str, int] = field(default_factory=dict)
    events: int = 0
    outages: int = 0
    drift_ppm: float | None = None
    correction_s: float = 0.0

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.state in WELL

    def as_object(self) -> dict[str, Any]:
        """The same for JSON."""
        values = {name: _plain(value) for name, value in asdict(self).items()}
        return {**values, "drift_ppm": None if self.drift_ppm is None else round(self.drift_ppm, 1)}


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return round(value, DIGITS) if isinstance(value, float) else value
