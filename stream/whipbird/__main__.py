"""Entry point of ``python -m whipbird`` and of the command ``whipbird``."""

from __future__ import annotations

import gc
import os
import sys

COLLECTED = 50_000  # new objects per collection: most stay for good, and to look at them again takes time


def main() -> None:
    """Run the command line; Ctrl-C during start-up ends the process at once."""
    try:
        _run()
    except KeyboardInterrupt:
        os._exit(130)  # without waiting for threads, which may be blocked


def _run() -> None:
    # One thread: small matrix products gain nothing from more, and waking more makes a rare hop twenty times slower.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # None is used; pydantic would look for some in the metadata of all packages that are installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.set_threshold(COLLECTED)
    if sys.stderr is None:
        sys.exit(1)  # no error can be shown
    if sys.stdout is None:
        sys.exit("whipbird: standard output is closed; use '> /dev/null' to discard it")
    # Imported here, where Ctrl-C is handled already.
    from whipbird.cli.app import run
    from whipbird.system.native_stderr import silence_native_libraries
    from whipbird.system.standard_streams import guard_standard_streams

    silence_native_libraries()
    guard_standard_streams()
    run()


if __name__ == "__main__":
    main()
