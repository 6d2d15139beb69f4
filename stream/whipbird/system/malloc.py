"""What a process keeps of the memory that it has freed, where the C library is GNU's; elsewhere, nothing is done.

A worker of a scan keeps it between blocks. Dask has its workers give back all that they can
(``MALLOC_TRIM_THRESHOLD_``): every array of more than 128 KiB is then mapped anew, and the system clears it page by
page, so that hearing takes twice as long.

A station, which runs for months, gives it back. By itself the library gives back only what lies at the end of a heap,
and keeps all holes before that, and it has a heap for each of the first threads, whose holes others do not fill: where
blocks of any size come and go, they add up to some MB a week. So a station's threads share one heap: the interpreter
lets no two of them work at once anyway.
"""

from __future__ import annotations

import ctypes
import sys

__all__ = ["keep_freed_memory", "return_freed_memory", "share_freed_memory"]

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # <malloc.h>
MAPPED = 32 << 20  # bytes of an array that is mapped on its own: more than any block of a scan
KEPT = 64 << 20  # bytes that are free and kept


def keep_freed_memory() -> None:
    """Let this process keep what is free, up to `KEPT`."""
    _call("mallopt", M_MMAP_THRESHOLD, MAPPED)
    _call("mallopt", M_TRIM_THRESHOLD, KEPT)


def share_freed_memory() -> None:
    """Let all threads of this process take memory from one heap; called before there are any."""
    _call("mallopt", M_ARENA_MAX, 1)


def return_freed_memory() -> None:
    """Give all that is free back to the system."""
    _call("malloc_trim", 0)


def _call(function: str, *numbers: int) -> None:
    """Call a function of GNU's C library, if that is the library here."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(library, function):
        getattr(library, function)(*numbers)
