"""Standard error without the output of native libraries."""

from __future__ import annotations

import os
import sys

__all__ = ["silence_native_libraries"]


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
