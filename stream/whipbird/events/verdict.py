"""A verdict: what a person said of a sound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Answer", "Verdict"]


class Answer(StrEnum):
    """Whether a sound is what its label says."""

    YES = "yes"
    NO = "no"
    OTHER = "other"  # no, but another sound that has a name
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said of a sound; raises ValueError for what cannot be one.

    Attributes
    ----------
    recording : str
        Path of the recording, or name of the live source.
    label : str
        The label in question.
    begin_s, end_s : float
        The sound, in seconds from the start of the recording.
    answer : Answer
    judge : str
        Who gave it.
    time : datetime
        When it was given.
    other : str or None
        Label of the sound if the answer is `Answer.OTHER`.
    model : str
        Name of the model that found the sound; empty for none.
    score : float or None
        With which it was found: that of the event, or its similarity in a search; None for neither.
    identity : str or None
        Equal for the same recording at another path; None if it is not known.
    start : str or None
        Start of a live recording as in the database, which distinguishes the runs of a source.
    drawn : bool
        Whether the event was drawn at random to be judged, see `whipbird.review.sampling`. Only these verdicts count in
        estimates of precision: events that people chose are not a fair sample.
    """

    recording: str
    label: str
    begin_s: float
    end_s: float
    answer: Answer
    judge: str
    time: datetime
    other: str | None = None
    model: str = ""
    score: float | None = None
    identity: str | None = None
    start: str | None = None
    drawn: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.begin_s <= self.end_s < math.inf):
            raise ValueError(f"a verdict on {self.label!r} has the times {self.begin_s:g} and {self.end_s:g} s")
        if not self.recording or not self.label:
            raise ValueError("a verdict needs a recording and a label")
        if (self.answer is Answer.OTHER) != bool(self.other):
            raise ValueError(
                f"the verdict {Answer.OTHER.value!r} needs the label of the other sound, and no other does"
            )

    @property
    def right(self) -> bool | None:
        """Whether the label is right; None if that is not certain."""
        return None if self.answer is Answer.UNSURE else self.answer is Answer.YES

    @property
    def shown(self) -> str:
        """The answer for people and tables: the other label, if there is one."""
        return f"{self.answer.value}: {self.other}" if self.other else self.answer.value
