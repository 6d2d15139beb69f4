"""Finds the recordings in folders, when the system reports a change and at regular intervals, since events get lost.

The system may report no changes for a folder on a network, in a container or on a memory card. A folder may also
disappear and come back, as the same folder or as another one.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Sequence

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from whipbird.recordings.files import Version, unexamined, walk

__all__ = ["Arrivals"]

# A growing file is checked when it should have settled; an event for each write would only cost time.
EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
]


class Arrivals(FileSystemEventHandler):
    """Looks through folders, and receives events that say when to look again.

    Parameters
    ----------
    events : bool
        Whether to ask the system to report changes.
    notify : callable
        Gets a line, and whether it is about a problem: a folder disappears or comes back, or something in it cannot be
        examined.

    Attributes
    ----------
    changed : threading.Event
        Set when something has changed; cleared by `look`.
    """

    def __init__(self, folders: Sequence[str], events: bool, notify: Callable[[str, bool], None]) -> None:
        self.changed = threading.Event()
        self._lock = threading.Lock()
        self._renamed: set[str] = set()
        self._observer = Observer() if events else None
        self._folders = [_Folder(path, notify, self) for path in folders]
        if self._observer is not None:
            self._observer.start()

    def look(self) -> dict[str, Version]:
        """Return all recordings that are in the folders now, by path."""
        self.changed.clear()
        found: dict[str, Version] = {}
        for folder in self._folders:
            found |= folder.look()
        return found

    @property
    def unexamined(self) -> int:
        """Number of files and folders that could not be examined by the last look."""
        return sum(len(folder.unexamined) for folder in self._folders)

    def renamed(self) -> set[str]:
        """Return the new paths of files that were renamed since the last call."""
        with self._lock:
            paths, self._renamed = self._renamed, set()
        return paths

    def close(self) -> None:
        """Stop receiving events."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Note a change; the observer calls this on its thread."""
        if isinstance(event, FileMovedEvent):
            with self._lock:
                self._renamed.add(os.fsdecode(event.dest_path))
        self.changed.set()

    def follow(self, path: str, watch: ObservedWatch | None) -> ObservedWatch | None:
        """Ask for events of a folder instead of those of ``watch``; returns None if the system cannot report any."""
        if self._observer is None:
            return None
        if watch is not None:
            with contextlib.suppress(OSError, KeyError):
                self._observer.unschedule(watch)
        try:
            return self._observer.schedule(self, path, recursive=True, event_filter=EVENTS)
        except OSError:
            return None


class _Folder:
    """A folder, which may be missing."""

    def __init__(self, path: str, notify: Callable[[str, bool], None], arrivals: Arrivals) -> None:
        self.unexamined: dict[str, str] = {}  # lines by path
        self._path = path
        self._notify = notify
        self._arrivals = arrivals
        self._watch: ObservedWatch | None = None
        self._identity: tuple[int, int] | None = None  # device and inode of the folder that is followed
        self._is_mount = False
        self._present: bool | None = None

    def look(self) -> dict[str, Version]:
        before, self.unexamined = self.unexamined, {}
        try:
            self._follow_current()
            found = {version.path: version for version in walk(self._path, self._note)}
        except OSError as error:
            if self._present is not False:
                gone = "is gone" if self._present else "not found"
                self._notify(f"{self._path} {gone} ({error.strerror or error}); waiting for it", False)
            self._present, self._identity = False, None
            return {}
        if self._present is False:
            self._notify(f"{self._path} is available", False)
        self._present = True
        for path, text in self.unexamined.items():
            if path not in before:
                self._notify(text, True)
        return found

    def _note(self, path: str, error: OSError) -> None:
        if path == self._path:
            raise error
        if (text := unexamined(path, error)) is not None:
            self.unexamined[path] = text

    def _follow_current(self) -> None:
        status = os.stat(self._path)
        if self._is_mount and not os.path.ismount(self._path):
            raise OSError("nothing is mounted there")  # only the empty mount point is left
        identity = status.st_dev, status.st_ino
        if identity != self._identity:  # the old watch reports nothing about a new folder
            self._watch = self._arrivals.follow(self._path, self._watch)
            self._identity = identity
            self._is_mount = os.path.ismount(self._path)
