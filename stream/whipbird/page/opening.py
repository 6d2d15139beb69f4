"""Opens a page over a database or a scan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whipbird.database.reader import open_reader
from whipbird.page.observations import Observations
from whipbird.page.page import Page
from whipbird.page.password import Passwords
from whipbird.page.scan_copy import ScanCopy
from whipbird.page.settings import PageSettings
from whipbird.page.sounds import EventSounds
from whipbird.review.judged_events import JudgedEvents

if TYPE_CHECKING:
    from whipbird.page.listening import LiveSounds
    from whipbird.page.live import LiveHub

__all__ = ["open_page", "open_source"]


def open_source(path: Path, zone: tzinfo | None = None) -> Observations:
    """A database, or the folder of a scan, which is copied first; raises WhipbirdError."""
    events = JudgedEvents(path)
    if not events.is_scan:
        with open_reader(path):  # says what is wrong with a file that is none
            pass
        return Observations(path, zone=zone)
    copy = ScanCopy(events.recordings())
    return Observations(copy.path, events.store_path, zone, shown=path.name, on_close=copy.close)


def open_page(
    data: Observations,
    clips: Path | None,
    settings: PageSettings,
    state_folder: Path,
    title: str,
    state: Callable[[], dict[str, Any] | None] = lambda: None,
    live: LiveHub | None = None,
    listening: LiveSounds | None = None,
) -> Page:
    """A page; raises WhipbirdError if the password cannot be read."""
    passwords = Passwords(state_folder)
    passwords.is_set  # noqa: B018  (reads the file)
    return Page(data, EventSounds(clips), settings, passwords, title, state, live, listening)
