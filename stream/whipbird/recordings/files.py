"""Files of recordings: their names, searching folders for them, and recognising a changed file.

Every command searches folders by the same rules. Hidden files and folders are left out, and so are names that programs
give to unfinished files. Links to files are included; links to folders are not followed, so that no recording is found
twice and no link leads round in a circle. Only regular files are included: reading a pipe would wait.
"""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from whipbird.system.address import local_path

__all__ = [
    "LIBSNDFILE_SUFFIXES",
    "SUFFIXES",
    "Version",
    "file_named",
    "find_recordings",
    "may_be_recording",
    "sound_files",
    "tell_unexamined",
    "unexamined",
    "version_of",
    "walk",
]

LIBSNDFILE_SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".w64", ".rf64", ".au", ".caf"}
)
ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")  # a byte in `as_text`
SUFFIXES = LIBSNDFILE_SUFFIXES | {".aac", ".amr", ".m4a", ".mka", ".mp4", ".webm", ".wma"}
"""Suffixes of recordings; those that libsndfile does not read go through FFmpeg."""


class Version(NamedTuple):
    """A file at some time; when its content changes, it is another version.

    Attributes
    ----------
    path : str
        Absolute path, or an address.
    size : int
        In bytes.
    modified_ns : int
        Time of the last write, from the start of 1970; 0 if a store does not give it.
    """

    path: str
    size: int
    modified_ns: int


def version_of(path: str) -> Version | None:
    """The current version of a file; None if there is none or it cannot be examined."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return Version(path, status.st_size, status.st_mtime_ns)


def file_named(text: str) -> str | None:
    """The path of the file that has a name as `as_text` writes it; None if there is no such file."""
    if os.path.exists(text):
        return text
    content = ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text.encode("utf-8", "backslashreplace"))
    path = os.fsdecode(content)
    return path if path != text and os.path.exists(path) else None


def may_be_recording(path: str, suffixes: Collection[str] = SUFFIXES) -> bool:
    """Whether a name is that of a finished recording.

    Programs name unfinished files ``x.wav.part``, ``x.tmp``, ``x.wav~``, ``~x.wav`` or ``.x.wav``; Macs write
    ``._x.wav`` to memory cards, which is no recording.
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
        Gets the path of a file or folder that cannot be examined, and the error; raises the error to end the search.
    suffixes : collection of str
    nested : bool
        Whether its subfolders are searched as well.
    """
    waiting = [os.fspath(folder)]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            if nested and not entry.name.startswith("."):
                                waiting.append(entry.path)
                        elif may_be_recording(entry.name, suffixes):
                            # The entry's own stat can be outdated on Windows, which updates folders lazily.
                            status = os.stat(entry.path)
                            if stat.S_ISREG(status.st_mode):
                                yield Version(entry.path, status.st_size, status.st_mtime_ns)
                    except OSError as error:
                        problem(entry.path, error)
        except OSError as error:
            problem(current, error)


def unexamined(path: str, error: OSError) -> str | None:
    """Line about a file or folder that `walk` cannot examine; None for a file that was removed during the search."""
    if not isinstance(error, FileNotFoundError):
        return f"{path}: cannot be examined: {error.strerror or error}"
    return f"{path}: is a link to a file that does not exist" if os.path.islink(path) else None


def tell_unexamined(problem: Callable[[str], None]) -> Callable[[str, OSError], None]:
    """What `walk` calls, to give `problem` a line for each file or folder that it cannot examine."""

    def tell(path: str, error: OSError) -> None:
        if (text := unexamined(path, error)) is not None:
            problem(text)

    return tell


def find_recordings(paths: Iterable[str], problem: Callable[[str], None] = lambda text: None) -> Iterator[str]:
    """The recordings of files, folders (see `walk`) and patterns, sorted within each, without duplicates.

    A ``file://`` address counts as its path. A path that matches nothing is returned as it is, so that opening it
    reports what is wrong.

    Parameters
    ----------
    problem : callable
        Gets a line for each file or folder that cannot be examined.
    """
    report = tell_unexamined(problem)
    seen: set[str] = set()
    for path in paths:
        for found in _expand(local_path(path), report):
            if found not in seen:
                seen.add(found)
                yield found


def _expand(path: str, problem: Callable[[str, OSError], None]) -> list[str]:
    if os.path.isdir(path):
        return sorted(str(Path(file.path)) for file in walk(path, problem)) or [path]
    if glob.has_magic(path) and not os.path.exists(path):
        matched = sorted(glob.glob(path, recursive=True))
        folders = [match for match in matched if os.path.isdir(match)]
        files_or_empty = [match for match in matched if match not in folders]
        if not files_or_empty:
            files_or_empty = [file for folder in folders for file in _expand(folder, problem)]
        return files_or_empty or [path]
    return [path]


def sound_files(folder: Path, nested: bool = False, problem: Callable[[str], None] = lambda text: None) -> list[Path]:
    """The recordings in a folder, sorted by name; for ``problem``, see `find_recordings`."""
    return sorted(Path(file.path) for file in walk(folder, tell_unexamined(problem), nested=nested))
