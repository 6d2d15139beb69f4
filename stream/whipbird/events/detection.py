"""A detection: one event in a source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from whipbird.audio.clock import MODIFIED
from whipbird.events.verdict import Verdict

__all__ = ["Detection"]


@dataclass(frozen=True, slots=True)
class Detection:
    """One event in a source.

    Attributes
    ----------
    label : str
    begin_s, peak_s, end_s : float
        Its times in seconds from the start of the source. An event that is reported as soon as it is certain ends where
        its sound had ended by then.
    reported_s : float
        End of the sound that had been processed when the event was reported. Resampling holds back a little more.
    score : float
        Highest score, between 0 and 1.
    source, model : str
        Names of the source and of the model.
    begin_sample : int
        ``begin_s`` as a sample number of the source.
    time : datetime or None
        Wall clock time of ``begin_s`` with its zone, when it is known.
    time_from : str
        Where ``time`` is known from, see `whipbird.audio.clock.Clock`.
    concealed : bool
        Whether some of its sound was lost and filled in, see `whipbird.audio.conceal`.
    common_name : str or None
        Name of the species in the reader's language, when it is known; it does not count for equality.
    verdict : Verdict or None
        What a person said of it, in exports; it does not count for equality.
    """

    label: str
    begin_s: float
    peak_s: float
    end_s: float
    reported_s: float
    score: float
    source: str
    model: str
    begin_sample: int
    time: datetime | None
    time_from: str = "none"
    concealed: bool = False
    common_name: str | None = field(default=None, compare=False)
    verdict: Verdict | None = field(default=None, compare=False)

    @property
    def shown_name(self) -> str:
        """The name to show to people."""
        return self.common_name or self.label

    @property
    def delay_s(self) -> float:
        """From the end of the sound to the report."""
        return self.reported_s - self.end_s

    @property
    def shown_time(self) -> datetime | None:
        """The time to show to people: None if it is only guessed from when a file was written."""
        return None if self.time_from == MODIFIED else self.time
