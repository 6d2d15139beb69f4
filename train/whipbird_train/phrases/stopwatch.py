"""How long something has taken, kept in a file, so that a run that was interrupted counts all of its time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from whipbird.system.whole_file import whole_file

__all__ = ["spent_s", "timed"]


def spent_s(file: Path) -> float:
    """Seconds that are kept in a file; none without it."""
    return float(json.loads(file.read_text())) if file.is_file() else 0.0


@contextmanager
def timed(file: Path) -> Iterator[Callable[[], float]]:
    """A function that returns the seconds so far, with those kept before; in the end, or at an error, all are kept."""
    started = time.monotonic() - spent_s(file)
    try:
        yield lambda: time.monotonic() - started
    finally:
        with whole_file(file) as opened:
            opened.write(json.dumps(time.monotonic() - started).encode())
