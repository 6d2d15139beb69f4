"""Recordings in folders: what a look through one finds, and how a file is told from what it was before."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePath

from stream.sources.replay import SUFFIXES

__all__ = ["Version", "is_readable", "may_be_recording", "sweep", "version_of"]


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it is at some time; a change of its content is another version.

    Attributes
    ----------
    path : str
        Absolute.
    size : int
        Bytes.
    modified_ns : int
        When it was last written, from the begin of 1970.
    """

    path: str
    size: int
    modified_ns: int


def may_be_recording(path: str) -> bool:
    """Whether a name is that of a recording, and not of a file that is to become one.

    Programs name what they have not finished ``x.wav.part``, ``x.tmp``, ``x.wav~``, ``~x.wav`` or ``.x.wav``; Macs put
    ``._x.wav`` on memory cards, which is none.
    """
    name = PurePath(path).name
    return not name.startswith((".", "~")) and PurePath(name).suffix.lower() in SUFFIXES


def version_of(path: str) -> Version | None:
    """The version of a file that is there now; None if there is none that can be looked at."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return Version(path, status.st_size, status.st_mtime_ns)


def sweep(folder: str) -> dict[str, Version]:
    """All recordings in a folder and its subfolders by path, but for hidden ones.

    Raises
    ------
    OSError
        If the folder itself cannot be read.
    """
    found: dict[str, Version] = {}
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith("."):
                            waiting.append(entry.path)
                    elif may_be_recording(entry.name) and entry.is_file():
                        # The entry's own stat can be old on Windows, where the folder is brought up to date lazily.
                        version = version_of(entry.path)
                        if version is not None:
                            found[entry.path] = version
        except OSError:
            if place == folder:
                raise
    return found


def is_readable(path: str) -> bool:
    """Whether a file can be read to its end, as far as its medium goes: it may have been pulled out."""
    try:
        with open(path, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            return len(file.read(1)) == min(1, end)
    except OSError:
        return False
