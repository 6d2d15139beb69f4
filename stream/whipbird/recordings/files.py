"""Files of recordings: which names they have, how folders are searched, and how a file is told from an earlier one.

Every command searches folders by the same rules. Hidden files and folders are left out, and so are names that programs
give to unfinished files. Links to files count; links to folders are not followed, so that no recording is found twice
and no link leads round in a circle. What is no regular file (such as a pipe, which would be waited for) does not count.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

__all__ = [
    "LIBSNDFILE_SUFFIXES",
    "SUFFIXES",
    "Version",
    "find_recordings",
    "may_be_recording",
    "sound_files",
    "version_of",
    "walk",
]

LIBSNDFILE_SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".w64", ".rf64", ".au", ".caf"}
)
SUFFIXES = LIBSNDFILE_SUFFIXES | {".aac", ".amr", ".m4a", ".mka", ".mp4", ".webm", ".wma"}
"""Of recordings; those that libsndfile does not read go through FFmpeg."""


class Version(NamedTuple):
    """A file as it is at some time; a change of its content is another version.

    Attributes
    ----------
    path : str
        Absolute, or an address.
    size : int
        Bytes.
    modified_ns : int
        When it was last written, from the start of 1970; 0 where a store does not tell.
    """

    path: str
    size: int
    modified_ns: int


def version_of(path: str) -> Version | None:
    """The version of a file that is there now; None if there is none that can be looked at."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return Version(path, status.st_size, status.st_mtime_ns)


def may_be_recording(path: str, suffixes: Collection[str] = SUFFIXES) -> bool:
    """Whether a name is that of a recording, and not of a file that is to become one.

    Programs name what they have not finished ``x.wav.part``, ``x.tmp``, ``x.wav~``, ``~x.wav`` or ``.x.wav``; Macs put
    ``._x.wav`` on memory cards, which is none.
    """
    name = PurePath(path).name
    return not name.startswith((".", "~")) and PurePath(name).suffix.lower() in suffixes


def walk(
    folder: str | os.PathLike[str],
    problem: Callable[[str, OSError], None] = lambda path, error: None,
    suffixes: Collection[str] = SUFFIXES,
    nested: bool = True,
) -> Iterator[Version]:
    """The recordings in a folder, in no particular order.

    Parameters
    ----------
    folder : path
    problem : callable
        Gets the path of a file or folder that cannot be looked at, and why; raises the error to end the search.
    suffixes : collection of str
    nested : bool
        Whether its subfolders are searched as well.
    """
    waiting = [os.fspath(folder)]
    while waiting:
        place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            if nested and not entry.name.startswith("."):
                                waiting.append(entry.path)
                        elif may_be_recording(entry.name, suffixes):
                            # The entry's own stat can be old on Windows, where folders are brought up to date lazily.
                            status = os.stat(entry.path)
                            if stat.S_ISREG(status.st_mode):
                                yield Version(entry.path, status.st_size, status.st_mtime_ns)
                    except OSError as error:
                        problem(entry.path, error)
        except OSError as error:
            problem(place, error)


def find_recordings(paths: Iterable[str]) -> Iterator[str]:
    """The recordings that files, folders (see `walk`) and patterns stand for, sorted within each, each once.

    What stands for nothing is given back as it is, so that opening it says what is wrong.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _expand(path):
            if found not in seen:
                seen.add(found)
                yield found


def _expand(path: str) -> list[str]:
    if os.path.isdir(path):
        return sorted(str(Path(file.path)) for file in walk(path)) or [path]
    if glob.has_magic(path) and not os.path.exists(path):
        matched = sorted(glob.glob(path, recursive=True))
        folders = [match for match in matched if os.path.isdir(match)]
        files_or_empty = [match for match in matched if match not in folders]
        if not files_or_empty:
            files_or_empty = [file for folder in folders for file in _expand(folder)]
        return files_or_empty or [path]
    return [path]


def sound_files(folder: Path, nested: bool = False) -> list[Path]:
    """List the recordings in a folder that libsndfile reads, sorted by name."""
    return sorted(Path(file.path) for file in walk(folder, suffixes=LIBSNDFILE_SUFFIXES, nested=nested))
