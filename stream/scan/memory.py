"""Memory of a worker: kept by the process between blocks, not given back to the system and asked for again.

Dask has its workers give back all that they can (``MALLOC_TRIM_THRESHOLD_``). GNU's C library then maps every array
of more than 128 KiB anew, and the system clears it page by page: hearing takes twice as long.
"""

from __future__ import annotations

import ctypes
import sys

__all__ = ["keep_memory"]

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # <malloc.h>
MAPPED = 32 << 20  # bytes of an array that is mapped on its own: more than any block of a scan
KEPT = 64 << 20  # bytes that are free and kept


def keep_memory() -> None:
    """Let this process keep what is free, up to `KEPT`; where the C library is not GNU's, nothing is done."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(M_MMAP_THRESHOLD, MAPPED)
        library.mallopt(M_TRIM_THRESHOLD, KEPT)
