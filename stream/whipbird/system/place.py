"""The place of a file that stays open: whether another file, or none, is there now."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["PlaceOnDisk"]


class PlaceOnDisk:
    """Compares the file at a path with the one that was opened there.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._disk = os.stat(path.absolute().parent).st_dev
        self._file: tuple[int, int] | None = None

    def remember(self) -> None:
        """Take the file that is there now for the one that is open."""
        status = os.stat(self._path)
        self._file = status.st_dev, status.st_ino

    def changed(self) -> bool:
        """Whether the file that was opened is no longer the one at the path."""
        if self._file is None:
            return False
        try:
            status = os.stat(self._path)
        except OSError:
            return True
        return (status.st_dev, status.st_ino) != self._file

    def prepare(self) -> str:
        """Create an empty file to open again, unless there is another file or the disk is gone; say what has happened.

        Raises
        ------
        OSError
            If the folder is gone, or the file cannot be created.
        """
        if self._path.exists():
            return "was replaced; writing goes on in the new file"
        if os.stat(self._path.absolute().parent).st_dev == self._disk:
            self._path.touch()
        return "was renamed or removed; writing goes on in a new file"
