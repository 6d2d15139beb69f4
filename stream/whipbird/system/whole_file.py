"""Files that are replaced atomically: readers see the old file or the new one, never a part."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from whipbird.errors import OutputError
from whipbird.system.regular_file import open_regular

__all__ = ["check_file_path", "partial_name", "whole_file", "write_own_file"]


def partial_name(name: str) -> str:
    """Name of the hidden file that becomes a file of this name."""
    return f".{name}.partial"


@contextmanager
def whole_file(path: Path, sync: bool = False, private: bool = False) -> Iterator[BinaryIO]:
    """Open a hidden file that replaces `path` at the end of the block, or is removed if anything is raised.

    Parameters
    ----------
    path : Path
    sync : bool
        Whether to flush the file to the disk first, so that it is whole even after a power failure.
    private : bool
        Whether it is closed to other users.

    Raises
    ------
    OSError
    """
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, "not the name of a file")
    if path.exists() and not path.is_file():  # neither /dev/null nor a pipe may be replaced
        raise OSError(errno.EINVAL, "not a regular file")
    if path.is_symlink():
        path = path.resolve()
    partial = path.with_name(partial_name(path.name))
    try:
        with partial.open("wb") as file:
            if private:
                os.chmod(partial, 0o600)
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_own_file(path: Path, data: bytes, start: bytes) -> None:
    """Write a file, or replace a file that starts with the bytes `start`.

    Raises
    ------
    OutputError
        If another kind of file has that name, or the file cannot be written.
    """
    try:
        if path.exists():
            with open_regular(path) as file:
                first = file.read(len(start))
            if first and first != start:
                raise OutputError(f"{path} is another kind of file and is not replaced; choose another name")
        with whole_file(path) as file:
            file.write(data)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def check_file_path(path: Path) -> None:
    """Raise OutputError if a path is not a file, or its folder is missing."""
    if path.exists() and not path.is_file():
        raise OutputError(f"cannot write {path}: it is not a file")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"cannot write {path}: there is no folder {path.parent}")
