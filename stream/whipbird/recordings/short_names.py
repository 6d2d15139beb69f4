"""Short, distinct names of recordings, for people."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

__all__ = ["distinct_ends", "short_names"]

Parts = tuple[str, ...]


def short_names(paths: Sequence[Path]) -> list[str]:
    """The file name of each recording; if several share it, the shortest end of the path that is unique.

    A file that is given twice has the same name twice. Folders are separated by slashes.
    """
    parts = [Path(os.path.abspath(path)).parts for path in paths]
    names = distinct_ends(parts)
    return [names[file] for file in parts]


def distinct_ends(paths: Iterable[Parts]) -> dict[Parts, str]:
    """The shortest end of each path, given as its parts, that no other path has; the whole path if there is none."""
    files = set(paths)
    names: dict[Parts, str] = {}
    for length in range(1, max(map(len, files), default=0) + 1):
        ends = Counter(file[-length:] for file in files)
        for file in files - names.keys():
            if ends[file[-length:]] == 1:
                names[file] = PurePosixPath(*file[-length:]).as_posix()
    return names
