"""Short, distinct names of recordings, for people."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

__all__ = ["short_names"]


def short_names(paths: Sequence[Path]) -> list[str]:
    """The file name of each recording; if several share it, the shortest end of the path that is unique.

    A file that is given twice has the same name twice. Folders are separated by slashes.
    """
    parts = [Path(os.path.abspath(path)).parts for path in paths]
    files = set(parts)
    names: dict[tuple[str, ...], str] = {}
    for length in range(1, max(map(len, files), default=0) + 1):
        ends = Counter(file[-length:] for file in files)
        for file in files - names.keys():
            if ends[file[-length:]] == 1:
                names[file] = Path(*file[-length:]).as_posix()
    return [names[file] for file in parts]
