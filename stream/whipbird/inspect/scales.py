"""Scales of pictures: round steps between their numbers, and times as text."""

from __future__ import annotations

import math

__all__ = ["CLOCK_S", "moment_text", "moment_unit", "round_step", "time_step_s"]

CLOCK_S = 120.0  # from this length on, times are written as on a clock
CLOCK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
HOUR_S = 3600


def round_step(length: float, most: int) -> float:
    """The smallest step 1, 2 or 5 times a power of ten that divides a length into up to `most` parts."""
    least = length / most
    decade = 10.0 ** math.floor(math.log10(least))
    return next((step * decade for step in (1, 2, 5) if step * decade >= least * (1 - 1e-9)), 10 * decade)


def time_step_s(length_s: float, most: int) -> float:
    """The same for a length of time; from a second on, a step as on a clock."""
    step_s = round_step(length_s, most)
    return step_s if step_s < 1 else next((s for s in CLOCK_STEPS_S if length_s / s <= most), step_s)


def moment_text(seconds: float, end_s: float) -> str:
    """A time in a recording that ends at `end_s`: seconds, ``m:ss`` or ``h:mm:ss``."""
    seconds = round(seconds, 6)
    if end_s <= CLOCK_S:
        return f"{seconds:g}"
    minutes, rest = divmod(seconds, 60)
    rest_text = f"{rest:02.0f}" if rest == int(rest) else f"{rest:09.6f}".rstrip("0")
    return f"{minutes // 60:.0f}:{minutes % 60:02.0f}:{rest_text}" if end_s >= HOUR_S else f"{minutes:.0f}:{rest_text}"


def moment_unit(end_s: float) -> str:
    """Unit of the texts of `moment_text`."""
    if end_s <= CLOCK_S:
        return "seconds"
    return "hours:minutes:seconds" if end_s >= HOUR_S else "minutes:seconds"
