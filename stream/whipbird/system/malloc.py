"""Whether a process keeps freed memory or returns it to the system. Only GNU's C library is affected.

A worker of a scan keeps freed memory between blocks. Dask's default makes workers return all they can
(``MALLOC_TRIM_THRESHOLD_``): every array of more than 128 KiB is then mapped again, and the system clears it page by
page, so that a scan takes twice as long.

A station runs for months and returns freed memory. By itself the library returns only the end of a heap and keeps all
holes before it, and it has a heap for each of the first threads, whose holes other threads do not fill. With blocks of
any size, the holes add up to some MB a week. So the threads of a station share one heap; the interpreter lets no two of
them run at once anyway.
"""

from __future__ import annotations

import ctypes
import sys

__all__ = ["keep_freed_memory", "return_freed_memory", "use_one_heap"]

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # <malloc.h>
MAPPED = 32 << 20  # bytes from which an array is mapped on its own: more than any block of a scan
KEPT = 64 << 20  # bytes of freed memory that are kept


def keep_freed_memory() -> None:
    """Let this process keep freed memory, up to `KEPT` bytes."""
    _call("mallopt", M_MMAP_THRESHOLD, MAPPED)
    _call("mallopt", M_TRIM_THRESHOLD, KEPT)


def use_one_heap() -> None:
    """Let all threads of this process allocate from one heap; call it before they start."""
    _call("mallopt", M_ARENA_MAX, 1)


def return_freed_memory() -> None:
    """Return all freed memory to the system."""
    _call("malloc_trim", 0)


def _call(function: str, *numbers: int) -> None:
    """Call a function of GNU's C library; do nothing with another library."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(library, function):
        getattr(library, function)(*numbers)
