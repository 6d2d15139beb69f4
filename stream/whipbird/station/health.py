"""The health of a source: its state, its counts, and both as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

__all__ = ["WELL", "Health", "State"]

DIGITS = 3


class State(StrEnum):
    """State of a source."""

    OPENING = "opening"
    LISTENING = "listening"
    AWAY = "away"  # no sound; whipbird keeps trying
    WAITING = "waiting"  # waits for recordings
    HEARING = "hearing"  # processes a recording
    OFF = "off hours"  # outside the hours in which it listens
    ENDED = "ended"


WELL = frozenset(State) - {State.AWAY}


@dataclass(frozen=True)
class Health:
    """Health of a source at one moment.

    Attributes
    ----------
    problem : str or None
        Why the source is away.
    detail : str or None
        The recording that is being processed; during off hours, when the source listens again.
    elapsed_s : float or None
        Elapsed time of a live source, measured by the clock, without off hours; None before its first sound or first
        failure.
    today : dict from str to int
        Events since midnight, by label.
    events, outages : int
        Counts since the station started.
    below_trigger_s : float
        Sound that triggered recorders left out of the recordings in a folder.
    names : dict from str to str
        Common names of the labels of events since the station started, and of `today`.
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
    below_trigger_s: float = 0.0
    drift_ppm: float | None = None
    correction_s: float = 0.0
    names: dict[str, str] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong with the source."""
        return self.state in WELL

    def as_object(self) -> dict[str, Any]:
        """Return the health as an object for JSON."""
        values = {name: _plain(value) for name, value in asdict(self).items()}
        return {**values, "drift_ppm": None if self.drift_ppm is None else round(self.drift_ppm, 1)}


def _plain(value: Any) -> Any:
    """Convert a value for JSON."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return round(value, DIGITS) if isinstance(value, float) else value
