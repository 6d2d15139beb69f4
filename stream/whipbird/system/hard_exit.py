"""Exit of the process while threads are still in native code.

A thread that opens a feed, waits for a hung network or writes to a pipe without reader cannot be ended. At an ordinary
exit it would return from FFmpeg or the system into an interpreter that no longer exists, and crash.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading

__all__ = ["daemon_threads_alive", "exit_now"]

PATIENCE_S = 1.0  # for flushing standard output and error


def daemon_threads_alive() -> bool:
    """Whether daemon threads are running, which an ordinary exit does not wait for."""
    return any(thread.daemon for thread in threading.enumerate())


def exit_now(code: int) -> None:
    """End the process at once with an exit code, whatever its threads do. Files must have been written before."""
    flushing = threading.Thread(target=_flush, daemon=True)
    flushing.start()
    flushing.join(PATIENCE_S)
    os._exit(code)


def _flush() -> None:
    for file in (sys.stderr, sys.stdout):
        with contextlib.suppress(OSError, ValueError):
            file.flush()
