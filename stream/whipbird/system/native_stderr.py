"""Standard error without the output of native libraries, or without some of their lines."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

__all__ = ["silence_native_libraries", "without_native_lines"]


def silence_native_libraries() -> None:
    """Separate Python's standard error from that of native code, for the rest of the process.

    ALSA, mpg123 and TFLite write diagnostics straight to file descriptor 2, across whatever the screen shows.
    ``sys.stderr`` moves to a copy of the descriptor, and what native code writes is discarded. With WHIPBIRD_DEBUG set,
    nothing changes.
    """
    if os.environ.get("WHIPBIRD_DEBUG"):
        return
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


@contextlib.contextmanager
def without_native_lines(start: bytes) -> Iterator[None]:
    """Drop the lines that start so from standard error; all other lines come when the block ends.

    For blocks of some milliseconds: what other threads write meanwhile is late by as much. With WHIPBIRD_DEBUG set,
    nothing changes.
    """
    with contextlib.ExitStack() as stack:
        if not os.environ.get("WHIPBIRD_DEBUG"):
            with contextlib.suppress(OSError):  # no standard error, or no place for the file: nothing is dropped
                stack.enter_context(_redirected(start))
        yield


@contextlib.contextmanager
def _redirected(start: bytes) -> Iterator[None]:
    with tempfile.TemporaryFile() as held:
        own = os.dup(2)
        try:
            os.dup2(held.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(own, 2)
                held.seek(0)
                with contextlib.suppress(OSError):
                    os.write(2, b"".join(line for line in held if not line.startswith(start)))
        finally:
            os.close(own)
