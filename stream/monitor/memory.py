"""Memory of a process that runs for months: what is free goes back to the system.

GNU's C library gives back by itself only what lies at the end of its heap, and keeps all holes before that: where
blocks of any size come and go on several threads, they add up to some MB a week.
"""

from __future__ import annotations

import ctypes
import sys

__all__ = ["give_back_memory"]


def give_back_memory() -> None:
    """Give all free memory back to the system; where the C library is not GNU's, nothing is done."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
