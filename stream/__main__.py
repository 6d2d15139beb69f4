"""``python -m stream``, and the command ``whipbird``."""

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
    from stream.native import silence_native_libraries

    if sys.stdout is None or sys.stderr is None:
        sys.exit(1)  # there is nowhere to say anything
    silence_native_libraries()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that the terminal cannot show must not end the listening
        sys.stdout.reconfigure(errors="backslashreplace")
    from stream.cli import run

    run()


if __name__ == "__main__":
    main()
