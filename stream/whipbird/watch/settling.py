"""Which files have settled: those of which size and time of modification have stayed the same for a while.

It knows neither files nor clocks: it is told what each look through the folders has found, and when that was.
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
    """Gives each version of each file once, when it has not changed for ``settle_s`` seconds."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._files: dict[str, _TrackedFile] = {}

    def update(self, found: Mapping[str, Version], now_s: float, renamed: Collection[str] = ()) -> list[Version]:
        """Take what was found, and return what has settled by now.

        Parameters
        ----------
        found : mapping from str to Version
            All files that are there, by path.
        renamed : collection of str
            Paths that were given to files since the last time: what is renamed into place was written before, and has
            settled at once.
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
        """A file is to settle once more."""
        if path in self._files:
            self._files[path].since_s = now_s
            self._files[path].returned = False

    def unchanged_s(self, path: str, now_s: float) -> float:
        """How long a file has not changed."""
        return now_s - self._files[path].since_s if path in self._files else 0.0

    @property
    def unsettled(self) -> int:
        """Files that have not settled yet."""
        return sum(not file.returned for file in self._files.values())

    @property
    def due_s(self) -> float | None:
        """When the next will have settled, if it does not change; None if none is left."""
        return min((file.since_s + self._settle_s for file in self._files.values() if not file.returned), default=None)
