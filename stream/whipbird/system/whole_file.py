"""Files that are written whole: readers see the old file or the new one, never a part."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from whipbird.errors import OutputError

__all__ = ["check_place", "whole_file", "write_own"]


@contextmanager
def whole_file(path: Path, sync: bool = False) -> Iterator[BinaryIO]:
    """Open a hidden file beside a place; it takes the place at the end, and is removed if anything is raised.

    Parameters
    ----------
    path : Path
    sync : bool
        Whether to flush it to the disk first, so that the file is whole even after a loss of power.

    Raises
    ------
    OSError
    """
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, "not the name of a file")
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_own(path: Path, data: bytes, start: bytes) -> None:
    """Write a file, or replace one that starts in the same way.

    Raises
    ------
    OutputError
        If there is another file of that name, or it cannot be written.
    """
    try:
        if path.exists():
            with path.open("rb") as file:
                first = file.read(len(start))
            if first and first != start:
                raise OutputError(f"{path} is another file, which is not replaced")
        with whole_file(path) as file:
            file.write(data)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def check_place(path: Path) -> None:
    """Raise OutputError for what can never become a file."""
    if path.exists() and not path.is_file():
        raise OutputError(f"cannot write {path}: it is not a file")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"cannot write {path}: there is no folder {path.parent}")
