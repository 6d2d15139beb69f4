"""What is in the folders: looked through when the system tells of a change, and every so often, for events get lost.

A folder on a network, in a container or on a card may tell of nothing. It may also vanish and come back, as another one
or as the same.
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

from whipbird.recordings.files import Version, walk

__all__ = ["Arrivals"]

# A file that grows is looked at when it should have settled; events of each write would only cost time.
EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
]


class Arrivals(FileSystemEventHandler):
    """Looks through folders, and is told when that may be worth while.

    Parameters
    ----------
    events : bool
        Whether the system is asked to tell of changes.
    notify : callable
        Gets a line when a folder vanishes or comes back.

    Attributes
    ----------
    changed : threading.Event
        Set when something has changed, cleared by `look`.
    """

    def __init__(self, folders: Sequence[str], events: bool, notify: Callable[[str], None]) -> None:
        self.changed = threading.Event()
        self._lock = threading.Lock()
        self._renamed: set[str] = set()
        self._observer = Observer() if events else None
        self._folders = [_Folder(path, notify, self) for path in folders]
        if self._observer is not None:
            self._observer.start()

    def look(self) -> dict[str, Version]:
        """All recordings that are there now, by path."""
        self.changed.clear()
        found: dict[str, Version] = {}
        for folder in self._folders:
            found |= folder.look()
        return found

    def renamed(self) -> set[str]:
        """Paths that files have been given since this was last asked."""
        with self._lock:
            paths, self._renamed = self._renamed, set()
        return paths

    def close(self) -> None:
        """Be told of nothing any more."""
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
        """Ask to be told of what changes in a folder, and no more of what was there; some systems cannot."""
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
    """One folder, there or not."""

    def __init__(self, path: str, notify: Callable[[str], None], arrivals: Arrivals) -> None:
        self._path = path
        self._notify = notify
        self._arrivals = arrivals
        self._watch: ObservedWatch | None = None
        self._identity: tuple[int, int] | None = None  # of what is followed
        self._is_mount = False
        self._present: bool | None = None

    def look(self) -> dict[str, Version]:
        try:
            self._follow_current()
            found = {version.path: version for version in walk(self._path, self._raise_if_gone)}
        except OSError as error:
            if self._present is not False:
                gone = "is gone" if self._present else "is not there"
                self._notify(f"{self._path} {gone} ({error.strerror or error}); it is waited for")
            self._present, self._identity = False, None
            return {}
        if self._present is False:
            self._notify(f"{self._path} is there")
        self._present = True
        return found

    def _raise_if_gone(self, path: str, error: OSError) -> None:
        if path == self._path:
            raise error

    def _follow_current(self) -> None:
        status = os.stat(self._path)
        if self._is_mount and not os.path.ismount(self._path):
            raise OSError("nothing is mounted there")  # what shows is the empty folder below
        identity = status.st_dev, status.st_ino
        if identity != self._identity:  # another one does not tell through the watch of the one before
            self._watch = self._arrivals.follow(self._path, self._watch)
            self._identity = identity
            self._is_mount = os.path.ismount(self._path)
