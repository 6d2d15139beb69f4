"""Finds files that have settled: their size and modification time have not changed for a while.

This module accesses neither files nor clocks; the caller passes the files that were found, and the time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from whipbird.recordings.files import Version

__all__ = ["Settling"]


@dataclass(slots=True)
class _TrackedFile:
    version: Version
    since_s: float  # when this version was first seen
    returned: bool = False


class Settling:
    """Returns each version of each file once, when it has not changed for ``settle_s`` seconds."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._files: dict[str, _TrackedFile] = {}

    def update(self, found: Mapping[str, Version], now_s: float, renamed: Collection[str] = ()) -> list[Version]:
        """Update with the files that were found, and return those that have settled.

        Parameters
        ----------
        found : mapping from str to Version
            All files in the folders, by path.
        renamed : collection of str
            New paths of files that were renamed since the last call. A file that is renamed into place was written
            before, so it has settled at once.
        """
        for path in self._files.keys() - found.keys():
            del self._files[path]
        settled = []
        for path, version in found.items():
            file = self._files.get(path)
            if file is None or file.version != version:
                file = self._files[path] = _TrackedFile(version, now_s)
            if not file.returned and (path in renamed or now_s >= file.since_s + self._settle_s):
                file.returned = True
                settled.append(version)
        return settled

    def restart(self, path: str, now_s: float) -> None:
        """Let a file settle once more."""
        if path in self._files:
            self._files[path].since_s = now_s
            self._files[path].returned = False

    def unchanged_s(self, path: str, now_s: float) -> float:
        """Seconds since a file last changed."""
        return now_s - self._files[path].since_s if path in self._files else 0.0

    @property
    def unsettled(self) -> int:
        """Number of files that have not settled yet."""
        return sum(not file.returned for file in self._files.values())

    @property
    def due_s(self) -> float | None:
        """Time when the next file will have settled, if it does not change; None if all have settled."""
        return min((file.since_s + self._settle_s for file in self._files.values() if not file.returned), default=None)
