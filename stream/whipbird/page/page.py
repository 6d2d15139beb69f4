"""Everything that the screens and the API of a page share."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from whipbird.database.reader import stored_time
from whipbird.page.events import PageEvent
from whipbird.page.judging import ReviewQueues
from whipbird.page.names import ShownNames
from whipbird.page.observations import Look, Observations
from whipbird.page.password import Attempts, Passwords
from whipbird.page.settings import PageSettings
from whipbird.page.sounds import EventSounds

if TYPE_CHECKING:
    from whipbird.page.listening import LiveSounds
    from whipbird.page.live import LiveHub

__all__ = ["Page", "ShownEvent", "shown_source"]


@dataclass(frozen=True)
class ShownEvent:
    """An event as the page shows it.

    Attributes
    ----------
    event : PageEvent
    name : str
    time : datetime or None
        In the page's zone; None if it is not known.
    source, station : str
    verdict : str
        The answer that a person gave; empty for none.
    other : str
        Name of the other sound if the answer is ``other``.
    has_sound, has_scores : bool
    """

    event: PageEvent
    name: str
    time: datetime | None
    source: str
    station: str
    verdict: str
    other: str
    judge: str
    has_sound: bool
    has_scores: bool


def shown_source(name: str) -> str:
    """The name of a source for people: of a folder of recordings, its last part."""
    return PurePath(name).name or name if os.path.isabs(name) else name


@dataclass
class Page:
    """A page over a database.

    Attributes
    ----------
    data : Observations
    sounds : EventSounds
    settings : PageSettings
    passwords : Passwords
    state : callable
        Gives the state of the station, as in its state file; None if there is none.
    live : LiveHub or None
        What the station hears now.
    listening : LiveSounds or None
        Its sound.
    shown_settings : callable
        Gives the tables of the station's settings, each with its keys and values, without secrets.
    title : str
        Name of the station or of the database.
    """

    data: Observations
    sounds: EventSounds
    settings: PageSettings
    passwords: Passwords
    title: str
    state: Callable[[], dict[str, Any] | None] = lambda: None
    live: LiveHub | None = None
    listening: LiveSounds | None = None
    shown_settings: Callable[[], list[tuple[str, list[tuple[str, str]]]]] = list
    names: ShownNames = field(default_factory=ShownNames)
    attempts: Attempts = field(default_factory=Attempts)
    queues: ReviewQueues = field(default_factory=ReviewQueues)

    def show(self, look: Look, event: PageEvent, language: str) -> ShownEvent:
        """An event for people."""
        run = look.runs.by_number[event.recording]
        site = look.runs.sites[run.source]
        judged = look.judgement(event.number)
        verdict = None if judged is None else judged.verdict
        detection, recorded = look.detection(event), look.recorded(event)
        has_sound = self.sounds.is_there(recorded, detection)
        guessed = detection.shown_time is None
        other = "" if verdict is None or verdict.other is None else verdict.other
        return ShownEvent(
            event,
            self.names.shown(language, event.model, event.label),
            None if event.time is None or guessed else self.data.local(stored_time(event.time)),
            shown_source(site.source),
            site.station,
            "" if verdict is None else verdict.answer.value,
            self.names.shown(language, event.model, other) if other else "",
            "" if verdict is None else verdict.judge,
            has_sound,
            has_sound and self.sounds.has_scores(detection),
        )
