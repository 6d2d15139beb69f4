"""95 % confidence intervals of measures.

Rates of rare events have Poisson intervals, shares have binomial ones. Counts per recording have a bootstrap interval
over recordings, because sounds of one recording resemble each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest, chi2

from whipbird.arrays import Doubles

__all__ = ["ConfidenceInterval", "bootstrap", "f1", "poisson_rate", "share", "significant", "wilson_interval"]

TAILS = (0.025, 0.975)  # probability below each end of a two-sided 95 % interval
DIGITS = 4  # significant digits in JSON


@dataclass(frozen=True)
class ConfidenceInterval:
    """A measure and its 95 % interval.

    Attributes
    ----------
    value : float or None
        None if there was nothing to measure.
    low, high : float or None
        Ends of the interval; None if it is not known.
    """

    value: float | None
    low: float | None
    high: float | None

    def as_list(self) -> list[float | None]:
        """Value, low and high end, rounded to 4 significant digits."""
        return [significant(self.value), significant(self.low), significant(self.high)]


def significant(value: float | None) -> float | None:
    """Round to 4 significant digits; None stays None."""
    return None if value is None else float(f"{value:.{DIGITS}g}")


def poisson_rate(count: int, hours: float) -> ConfidenceInterval:
    """Events per hour, with the exact interval after Garwood 1936 (doi 10.1093/biomet/28.3-4.437).

    Events are assumed to be independent. With no time at all, the value and both ends are None.
    """
    if not hours:
        return ConfidenceInterval(None, None, None)
    low = chi2.ppf(TAILS[0], 2 * count) / 2 if count else 0.0
    high = chi2.ppf(TAILS[1], 2 * count + 2) / 2
    return ConfidenceInterval(count / hours, float(low / hours), float(high / hours))


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share, after Wilson 1927 (doi 10.1080/01621459.1927.10502953).

    Trials are assumed to be independent. Without any trial, it is (0, 1).
    """
    if not count:
        return 0.0, 1.0
    low, high = binomtest(hits, count).proportion_ci(method="wilson")
    return float(low), float(high)


def share(hits: int, count: int) -> ConfidenceInterval:
    """Share of hits with its Wilson interval; with a count of 0, the value is None and the interval is 0 to 1."""
    return ConfidenceInterval(hits / count if count else None, *wilson_interval(hits, count))


def f1(hits: int, annotations: int, events: int) -> ConfidenceInterval:
    """Harmonic mean of recall and precision, with an interval; with nothing to count, as in `share`.

    F1 follows from the share s of hits among hits, misses and false alarms: 2 s / (1 + s). The ends of the interval of
    s give those of F1.
    """
    of_all = share(hits, annotations + events - hits)
    return ConfidenceInterval(
        *(None if end is None else 2 * end / (1 + end) for end in (of_all.value, of_all.low, of_all.high))
    )


def bootstrap(values: ArrayLike, statistic: Callable[[Doubles], float], draws: int = 2000) -> ConfidenceInterval:
    """A statistic over recordings, with its percentile bootstrap interval (Efron 1979, doi 10.1214/aos/1176344552).

    Each draw takes as many recordings as there are, with replacement. Draws in which the statistic is nan are left out.
    The interval cannot show what occurs in no recording: if all recordings are alike, it has no width.

    Parameters
    ----------
    values : array, shape (recordings, k)
        The numbers that the statistic needs from each recording. The order of recordings does not matter.
    statistic : function
        Takes the rows of the drawn recordings, shape (recordings, k), and returns a float; nan if it is undefined.

    Returns
    -------
    ConfidenceInterval
        With a single recording, which says nothing about others, both ends are None. Without recordings, the value
        is None as well.
    """
    rows = np.asarray(values, np.float64)
    if not len(rows):
        return ConfidenceInterval(None, None, None)
    rows = rows[np.lexsort(rows.T)]
    value = float(statistic(rows))
    if np.isnan(value):
        return ConfidenceInterval(None, None, None)
    if len(rows) == 1:
        return ConfidenceInterval(value, None, None)
    rng = np.random.default_rng(1)
    drawn = np.array([statistic(rows[rng.integers(len(rows), size=len(rows))]) for _ in range(draws)], float)
    drawn = drawn[~np.isnan(drawn)]
    if not len(drawn):
        return ConfidenceInterval(value, None, None)
    low, high = np.quantile(drawn, TAILS)
    return ConfidenceInterval(value, float(low), float(high))
