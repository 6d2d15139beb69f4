"""Locks between processes; the system releases the lock of a process that ends, however it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

__all__ = ["Lock", "is_locked"]


class Lock:
    """A lock that is held until it is closed.

    Parameters
    ----------
    path : Path
        File for the lock alone; created if there is none.

    Raises
    ------
    BlockingIOError
        If another process holds it.
    OSError
        If the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = open(path, "a+b")  # noqa: SIM115
        try:
            _take(self._file)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Release the lock."""
        self._file.close()


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock, or may hold it because this user cannot open the file."""
    try:
        with open(path, "rb") as file:
            _take(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _take(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(error.errno, "another process holds it") from error
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
