"""List and fetch recordings: from folders of this computer, or from any store that `fsspec` supports (``s3://``)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from whipbird.errors import SourceError
from whipbird.recordings.files import Version, may_be_recording, tell_unexamined, version_of, walk
from whipbird.sources.base import Notify
from whipbird.system.address import has_secrets, redacted, redacted_text

__all__ = ["absolute", "is_remote", "listing", "local_copy", "open_remote"]

NANOSECONDS = 1_000_000_000
# Keys by which stores give the time of modification.
MODIFIED = ("mtime", "LastModified", "last_modified", "modified", "updated", "created")
LONGEST_NAME = 200  # bytes of a file name in a copy


def is_remote(path: str) -> bool:
    """Whether a path is an address in a store."""
    return "://" in path and not os.path.exists(path)


def absolute(path: str) -> str:
    """A path that means the same in every process.

    Raises
    ------
    SourceError
        If it is an address that holds a password: results name their recordings by their addresses.
    """
    if not is_remote(path):
        return os.path.abspath(path)
    if has_secrets(path):
        raise SourceError(
            f"{redacted(path)}: results would show the password or parameters of this address; leave them out, and put "
            "them into fsspec's settings (~/.config/fsspec, or variables such as FSSPEC_FTP_PASSWORD)"
        )
    return path


def listing(root: str, problem: Notify) -> Iterator[Version]:
    """List a recording, or all in a folder or store except hidden and unfinished ones, in no particular order.

    Parameters
    ----------
    root : str
        File, folder or address, absolute.
    problem : callable
        Receives a line for each file or folder that cannot be examined.

    Raises
    ------
    SourceError
        If nothing is found.
    """
    if is_remote(root):
        yield from _remote(root)
    elif os.path.isdir(root):
        yield from walk(root, tell_unexamined(problem))
    else:
        version = version_of(root)
        if version is None or not os.path.isfile(root):
            raise SourceError(f"{root}: no such file or folder")
        yield version


def _remote(root: str) -> Iterator[Version]:
    store, name = _store(root)
    try:
        details = store.find(name, detail=True)
    except Exception as error:
        raise SourceError(f"{root}: cannot be listed: {_message(error)}") from error
    if not details:
        raise SourceError(f"{root}: nothing found")
    for found, info in details.items():
        if may_be_recording(found) or found == name:
            yield Version(store.unstrip_protocol(found), int(info.get("size") or 0), _modified_ns(info))


def _modified_ns(info: dict[str, Any]) -> int:
    for key in MODIFIED:
        value = info.get(key)
        if isinstance(value, datetime):
            value = value.timestamp()
        if isinstance(value, int | float):
            return round(value * NANOSECONDS)
    return 0


def _store(address: str) -> tuple[Any, str]:
    """The store of an address, and the name in it."""
    from fsspec.core import url_to_fs

    try:
        store, name = url_to_fs(address)
    except Exception as error:  # each driver raises its own errors
        raise SourceError(f"{address}: {_message(error)}") from error
    return store, name


def _message(error: Exception) -> str:
    """A driver's message without secrets, which may come from its settings."""
    return redacted_text(str(error)) or type(error).__name__


def open_remote(path: str) -> Any:
    """Open a recording in a store for reading and seeking.

    Raises
    ------
    SourceError
        If it cannot be opened.
    """
    store, name = _store(path)
    try:
        return store.open(name, "rb")
    except Exception as error:
        raise SourceError(f"{path}: {_message(error)}") from error


@contextmanager
def local_copy(path: str, modified_ns: int = 0) -> Iterator[str]:
    """Path of a recording on this computer: the file itself, or a temporary copy of one in a store.

    Raises
    ------
    SourceError
        If it cannot be fetched.
    """
    if not is_remote(path):
        yield path
        return
    store, name = _store(path)
    with tempfile.TemporaryDirectory(prefix="whipbird-") as folder:
        base = PurePosixPath(name).name
        copy = os.path.join(folder, base if len(os.fsencode(base)) < LONGEST_NAME else base[-LONGEST_NAME // 4 :])
        try:
            store.get_file(name, copy)
        except Exception as error:
            raise SourceError(f"{path}: cannot be fetched: {_message(error)}") from error
        if modified_ns:
            with suppress(OSError):
                os.utime(copy, ns=(modified_ns, modified_ns))
        yield copy
