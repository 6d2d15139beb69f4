"""Reads files whose kind and size nobody has checked."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

__all__ = ["open_regular", "read_bounded"]


def open_regular(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a file for reading.

    Raises
    ------
    OSError
        If it cannot be opened, or is not a regular file: reading a pipe would wait until a program writes to it.
    """
    file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file")
    return file


def read_bounded(path: Path, most: int) -> bytes:
    """Read a regular file; raises OSError if it cannot be read or has more than ``most`` bytes."""
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"over {most >> 10} KiB" if most < 1 << 20 else f"over {most >> 20} MiB")
    return content


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
