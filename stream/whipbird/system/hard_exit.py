"""Leaving the process while threads are still in native code.

A feed that is being opened, a network that hangs, an output that nobody reads: such threads cannot be ended. At an
ordinary exit they would come back from FFmpeg or the system into an interpreter that is gone, and crash.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading

__all__ = ["exit_now", "other_threads_alive"]

PATIENCE_S = 1.0  # with whoever reads what is written last


def other_threads_alive() -> bool:
    """Whether threads are left that nobody waits for."""
    return any(thread.daemon for thread in threading.enumerate())


def exit_now(code: int) -> None:
    """End the process with this exit code, whatever its threads do. What is to stay must have been written."""
    flushing = threading.Thread(target=_flush, daemon=True)
    flushing.start()
    flushing.join(PATIENCE_S)
    os._exit(code)


def _flush() -> None:
    for file in (sys.stderr, sys.stdout):
        with contextlib.suppress(OSError, ValueError):
            file.flush()
