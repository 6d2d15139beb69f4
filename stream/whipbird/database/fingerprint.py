"""What distinguishes recordings whatever their paths: a fingerprint, from the size and the ends of a file."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC

from whipbird.recordings.metadata.names import time_in_name

__all__ = ["fingerprint", "identity"]

FINGERPRINT_BYTES = 1 << 16  # hashed at each end of a file


def fingerprint(path: str) -> str | None:
    """A hash of the size, the start and the end of a file, to distinguish recordings of the same name.

    None if the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = hashlib.sha256(str(size).encode())
            digest.update(file.read(FINGERPRINT_BYTES))
            file.seek(max(0, size - FINGERPRINT_BYTES))
            digest.update(file.read(FINGERPRINT_BYTES))
    except OSError:
        return None
    return digest.hexdigest()


def identity(own: str | None, path: str | None) -> str | None:
    """A fingerprint that differs for the same sound, such as silence, if names give other times."""
    if own is None or path is None:
        return own
    time = time_in_name(path, UTC)
    return own if time is None else f"{own} {time.replace(tzinfo=None)}"
