"""``python -m whipbird``, and the command ``whipbird``."""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """Run the command line; Ctrl-C before there is anything to end ends it at once."""
    try:
        _run()
    except KeyboardInterrupt:
        os._exit(130)  # not waiting for threads, which may be blocked


def _run() -> None:
    # One thread: products of small matrices gain nothing from more, and waking them delays the rare hop twentyfold.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.stdout is None or sys.stderr is None:
        sys.exit(1)  # there is nowhere to say anything
    _silence_native_libraries()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that the terminal cannot show must not end the listening
        sys.stdout.reconfigure(errors="backslashreplace")
    from whipbird.cli.app import run

    run()


def _silence_native_libraries() -> None:
    """Part Python's standard error from that of native code, for the rest of the process.

    ALSA, mpg123 and TFLite write what they notice straight to file descriptor 2, across whatever the screen shows.
    Python's own ``sys.stderr`` moves to a copy of the terminal's, and theirs goes nowhere; WHIPBIRD_DEBUG shows it.
    """
    if os.environ.get("WHIPBIRD_DEBUG"):
        return
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


if __name__ == "__main__":
    main()
