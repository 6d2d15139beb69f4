"""Fingerprint of a recording, from its size and its ends."""

from __future__ import annotations

import hashlib
import os

__all__ = ["fingerprint"]

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
