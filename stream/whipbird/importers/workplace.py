"""Folders of bundles that appear all at once: they are filled in a hidden folder beside their place, then moved there.

Whatever ends the process, the place holds the old bundle, the new one, or nothing. A hidden folder whose process was
killed is a leftover, which the next process removes; the system has released its lock.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whipbird.errors import OutputError
from whipbird.system.lock import Lock
from whipbird.system.whole_file import partial_name

__all__ = ["move_into_place", "remove_leftovers", "workplace"]

LOCK, NEW, OLD = "lock", "new", "old"


@contextmanager
def workplace(target: Path) -> Iterator[Path]:
    """Give an empty hidden folder beside the target, which is removed at the end of the block.

    Raises
    ------
    OutputError
        If another process is at work on the same target.
    OSError
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    hidden = target.with_name(partial_name(target.name))
    hidden.mkdir(exist_ok=True)
    try:
        lock = Lock(hidden / LOCK)
    except BlockingIOError as error:
        raise OutputError(f"another process is writing {target}; wait until it has finished") from error
    try:
        _clear(hidden, target)
        yield hidden
    finally:
        _clear(hidden, target)
        lock.close()
        _remove(hidden)


def move_into_place(made: Path, hidden: Path, target: Path) -> None:
    """Move a folder in a workplace to the target; it replaces a folder that is there.

    Raises
    ------
    OSError
        Then the target is as it was.
    """
    for path in made.iterdir():
        _flush(path)
    old = hidden / OLD
    if target.exists():
        target.rename(old)
    try:
        made.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def remove_leftovers(parent: Path) -> None:
    """Remove the hidden folders of processes that were killed; a bundle that one of them moved away is put back."""
    with contextlib.suppress(OSError):
        for hidden in sorted(parent.glob(partial_name("*"))):
            if (hidden / LOCK).is_file():
                with contextlib.suppress(OSError):
                    lock = Lock(hidden / LOCK)
                    _clear(hidden, hidden.with_name(hidden.name.removesuffix(".partial")[1:]))
                    lock.close()
                    _remove(hidden)


def _clear(hidden: Path, target: Path) -> None:
    """Empty a workplace, except for its lock."""
    with contextlib.suppress(OSError):
        if (hidden / OLD).is_dir() and not target.exists():
            (hidden / OLD).rename(target)
        for path in hidden.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != LOCK:
                path.unlink()


def _remove(hidden: Path) -> None:
    with contextlib.suppress(OSError):
        (hidden / LOCK).unlink()
        hidden.rmdir()


def _flush(path: Path) -> None:
    """Write a file to the disk, so that it is whole even after a power failure."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
