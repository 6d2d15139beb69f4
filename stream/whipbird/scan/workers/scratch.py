"""Scratch folders of scans on this computer; those of killed scans are removed when the next scan starts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from whipbird.system.lock import Lock

__all__ = ["scratch_folder"]

PREFIX = "whipbird-scan-"
LOCK = "lock"  # a file in each folder; its process holds the lock


@contextmanager
def scratch_folder() -> Iterator[str]:
    """A temporary folder that is removed at the end."""
    _remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        lock = Lock(Path(folder, LOCK))
        try:
            yield folder
        finally:
            lock.close()


def _remove_abandoned(place: Path) -> None:
    for path in place.glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError):  # it is in use, or of another user
            lock = Lock(path)
            try:
                shutil.rmtree(path.parent, ignore_errors=True)
            finally:
                lock.close()
