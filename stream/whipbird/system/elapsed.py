"""Elapsed time, with the time in which the computer sleeps: `time.monotonic` stands still then on Linux and macOS."""

from __future__ import annotations

import time

__all__ = ["asleep_s", "elapsed_s"]

_CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def elapsed_s() -> float:
    """Seconds since a fixed moment, whatever the time of day is set to."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


def asleep_s() -> float:
    """Seconds for which the computer has slept, plus a constant."""
    return elapsed_s() - time.monotonic()
