"""When two sounds of a recording are one."""

from __future__ import annotations

__all__ = ["is_same_sound"]

SAME_SHARE = 0.5  # of the shorter of two sounds that they share, if they are one
SHORTEST_S = 0.01  # a sound without length counts as this long


def is_same_sound(first_s: float, last_s: float, begin_s: float, end_s: float) -> bool:
    """Whether two sounds, from one time to another, share half of the shorter one."""
    last_s, end_s = max(last_s, first_s + SHORTEST_S), max(end_s, begin_s + SHORTEST_S)
    shared_s = min(last_s, end_s) - max(first_s, begin_s)
    return shared_s >= SAME_SHARE * min(last_s - first_s, end_s - begin_s)
