"""What the API answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

__all__ = [
    "EventItem",
    "EventList",
    "Given",
    "LabelItem",
    "LabelList",
    "NoteItem",
    "NoteList",
    "Queue",
    "ScoreList",
    "SourceItem",
    "SourceList",
    "VerdictItem",
    "VerdictList",
]


class EventItem(BaseModel):
    """An event; times are seconds from the start of its recording, and ``time`` is its start."""

    id: int
    label: str
    name: str
    model: str
    score: float
    time: datetime | None
    source: str
    station: str
    begin_s: float
    end_s: float
    concealed: bool
    verdict: str | None
    other: str | None
    has_sound: bool
    has_scores: bool


class EventList(BaseModel):
    """Events, the newest first, and what to ask for the next ones; a list may be short and yet have a next."""

    events: list[EventItem]
    next: str | None


class ScoreList(BaseModel):
    """Scores of an event's label over its sound; times are seconds from the start of that sound."""

    length_s: float
    begin_s: float
    end_s: float
    time_s: list[float]
    scores: list[float]


class LabelItem(BaseModel):
    """A label with its number of events, without those that were rejected."""

    label: str
    name: str
    model: str
    events: int


class LabelList(BaseModel):
    """The labels that have events."""

    labels: list[LabelItem]


class SourceItem(BaseModel):
    """A source with the seconds that were heard and lost."""

    id: int
    station: str
    source: str
    recordings: int
    heard_s: float
    lost_s: float
    below_trigger_s: float


class SourceList(BaseModel):
    """All sources."""

    sources: list[SourceItem]


class VerdictItem(BaseModel):
    """The verdict that counts on an event."""

    event: int
    label: str
    answer: str
    other: str | None
    judge: str
    time: datetime
    drawn: bool


class VerdictList(BaseModel):
    """All events with verdicts."""

    verdicts: list[VerdictItem]


class NoteItem(BaseModel):
    """A note on an event, or that its clip was deleted (``kind``)."""

    id: int
    kind: str
    text: str
    author: str
    time: datetime


class NoteList(BaseModel):
    """The notes on an event, the earliest first."""

    notes: list[NoteItem]


class Queue(BaseModel):
    """The next events of a label to judge."""

    events: list[EventItem]


class Given(BaseModel):
    """The number of a new verdict or note, by which it can be withdrawn."""

    id: int
