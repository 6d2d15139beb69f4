"""``python -m stream``, and the command ``whipbird``."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command line."""
    # One thread: products of small matrices gain nothing from more, and waking them delays the rare hop twentyfold.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from stream.native import silence_native_libraries

    silence_native_libraries()
    from stream.cli import run

    run()


if __name__ == "__main__":
    main()
