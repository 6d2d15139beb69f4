"""Rates of rare events with their interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Rate", "poisson_rate"]

TAIL = 0.025  # probability beyond each end of a two-sided interval of 95 %
STEPS = 100  # of bisection, each of which halves the error


@dataclass(frozen=True)
class Rate:
    """Events per hour, with the ends of its 95 % interval."""

    per_hour: float
    low: float
    high: float


def poisson_rate(count: int, hours: float) -> Rate | None:
    """Events per hour, with the exact interval after Garwood 1936 (doi 10.1093/biomet/28.3-4.437).

    Events are assumed to be independent. None if there was no time at all.
    """
    if hours <= 0:
        return None
    most = count + 20 * math.sqrt(count + 1) + 20
    low = _solve(lambda mean: 1 - _at_most(count - 1, mean) > TAIL, most) if count else 0.0
    high = _solve(lambda mean: _at_most(count, mean) < TAIL, most)
    return Rate(count / hours, low / hours, high / hours)


def _at_most(count: int, mean: float) -> float:
    """Probability of no more than a number of events."""
    if mean <= 0:
        return 1.0
    return math.fsum(math.exp(one * math.log(mean) - mean - math.lgamma(one + 1)) for one in range(count + 1))


def _solve(is_beyond: Callable[[float], bool], most: float) -> float:
    """The least mean, between 0 and a number, that is beyond what is asked for."""
    low, high = 0.0, most
    for _ in range(STEPS):
        middle = (low + high) / 2
        if is_beyond(middle):
            high = middle
        else:
            low = middle
    return high
