"""Reads files whose kind and size nobody has checked."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["read_up_to"]


def read_up_to(path: Path, most: int) -> bytes:
    """Read a file, up to this many bytes.

    Raises
    ------
    OSError
        If it cannot be read, or is not a regular file: reading a pipe would wait until a program writes to it.
    """
    with open(path, "rb", opener=_open_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return file.read(most)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
