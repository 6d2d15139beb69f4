"""Places of recordings: folders and files of this computer, or of any store that `fsspec` knows, such as ``s3://``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from whipbird.errors import SourceError
from whipbird.recordings.files import Version, may_be_recording, version_of, walk

__all__ = ["absolute", "is_remote", "listing", "local_copy", "open_remote"]

NANOSECONDS = 1_000_000_000
MODIFIED = ("mtime", "LastModified", "last_modified", "modified", "updated", "created")  # as stores call it
LONGEST_NAME = 200  # bytes of it that a copy keeps


def is_remote(path: str) -> bool:
    """Whether a path is the address of a store."""
    return "://" in path and not os.path.exists(path)


def absolute(path: str) -> str:
    """A path that means the same in every process."""
    return path if is_remote(path) else os.path.abspath(path)


def listing(root: str, tell: Callable[[str], None]) -> Iterator[Version]:
    """Recordings at a place, in no particular order: a file, or all in a folder but hidden and unfinished ones.

    Parameters
    ----------
    root : str
        Absolute.
    tell : callable
        Gets a line for what cannot be looked at.

    Raises
    ------
    SourceError
        If there is nothing.
    """
    if is_remote(root):
        yield from _remote(root)
    elif os.path.isdir(root):
        yield from walk(root, lambda path, error: _tell_problem(path, error, tell))
    else:
        version = version_of(root)
        if version is None or not os.path.isfile(root):
            raise SourceError(f"{root}: no such file or folder")
        yield version


def _tell_problem(path: str, error: OSError, tell: Callable[[str], None]) -> None:
    if not isinstance(error, FileNotFoundError):
        tell(f"{path}: cannot be looked at: {error.strerror or error}")
    elif os.path.islink(path):  # otherwise it has vanished
        tell(f"{path}: a link to a file that is not there")


def _remote(root: str) -> Iterator[Version]:
    store, place = _store(root)
    try:
        details = store.find(place, detail=True)
    except Exception as error:  # each driver has errors of its own
        raise SourceError(f"{root}: cannot be listed: {_said(error)}") from error
    if not details:
        raise SourceError(f"{root}: nothing is there")
    for name, info in details.items():
        if may_be_recording(name) or name == place:
            yield Version(store.unstrip_protocol(name), int(info.get("size") or 0), _modified_ns(info))


def _modified_ns(info: dict[str, Any]) -> int:
    for key in MODIFIED:
        value = info.get(key)
        if isinstance(value, datetime):
            value = value.timestamp()
        if isinstance(value, int | float):
            return round(value * NANOSECONDS)
    return 0


def _store(address: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    try:
        store, place = url_to_fs(address)
    except (ImportError, ValueError, OSError) as error:
        raise SourceError(f"{address}: {error}") from error
    return store, place


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def open_remote(path: str) -> Any:
    """Open a recording of a store for reading and seeking."""
    store, place = _store(path)
    try:
        return store.open(place, "rb")
    except Exception as error:
        raise SourceError(f"{path}: {_said(error)}") from error


@contextmanager
def local_copy(path: str, modified_ns: int = 0) -> Iterator[str]:
    """A recording as a file of this computer: itself, or a copy that is gone afterwards.

    Raises
    ------
    SourceError
        If it cannot be fetched.
    """
    if not is_remote(path):
        yield path
        return
    store, place = _store(path)
    with tempfile.TemporaryDirectory(prefix="whipbird-") as folder:
        name = PurePosixPath(place).name
        copy = os.path.join(folder, name if len(os.fsencode(name)) < LONGEST_NAME else name[-LONGEST_NAME // 4 :])
        try:
            store.get_file(place, copy)
        except Exception as error:
            raise SourceError(f"{path}: cannot be fetched: {_said(error)}") from error
        if modified_ns:
            with suppress(OSError):
                os.utime(copy, ns=(modified_ns, modified_ns))
        yield copy
