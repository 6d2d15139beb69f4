"""A note: what a person wrote about a sound, or that its clip was deleted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Note", "NoteKind"]


class NoteKind(StrEnum):
    """What a note says."""

    TEXT = "text"
    CLIP_DELETED = "clip deleted"


@dataclass(frozen=True, slots=True)
class Note:
    """A note on a sound; raises ValueError for what cannot be one.

    Attributes
    ----------
    recording, label, begin_s, end_s, identity, start
        The sound, as in `whipbird.events.verdict.Verdict`.
    kind : NoteKind
    text : str
        Empty if the clip was deleted.
    author : str
        Who wrote it.
    time : datetime
        When it was written.
    """

    recording: str
    label: str
    begin_s: float
    end_s: float
    kind: NoteKind
    text: str
    author: str
    time: datetime
    identity: str | None = None
    start: str | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.begin_s <= self.end_s < math.inf):
            raise ValueError(f"a note on {self.label!r} has the times {self.begin_s:g} and {self.end_s:g} s")
        if not self.recording or not self.label:
            raise ValueError("a note needs a recording and a label")
        if (self.kind is NoteKind.TEXT) != bool(self.text):
            raise ValueError("a note needs a text, unless it says that the clip was deleted")
