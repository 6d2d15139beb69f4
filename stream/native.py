"""Keeping native libraries off the terminal.

ALSA, mpg123 and TFLite write what they notice straight to file descriptor 2, across whatever the screen shows. Python's
own ``sys.stderr`` moves to a copy of the terminal's, and theirs goes nowhere; set WHIPBIRD_DEBUG to see it.
"""

from __future__ import annotations

import os
import sys

__all__ = ["silence_native_libraries"]


def silence_native_libraries() -> None:
    """Part Python's standard error from that of native code, for the rest of the process."""
    if os.environ.get("WHIPBIRD_DEBUG"):
        return
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
