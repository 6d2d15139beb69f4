"""Precision above each threshold, estimated from verdicts on events that were drawn from strata of scores.

Of N events in a stratum, n were drawn and judged: each of these stands for N / n events, its weight w. With y = 1 for
an event that is right and 0 for one that is not, the precision of the events with scores from t on is estimated as

    P(t) = sum(w y) / sum(w), over the judged events with scores from t on

(Hájek 1971; Lohr 2022, Sampling, ch. 4). Answers of people who were unsure are left out, as if these events had not
been drawn. A stratum of which no event was judged is joined with the next lower one, and with the next higher one if
there is none: its events are taken to be as often right as those there.

The interval is Wilson's for 95 %, with the effective number of judged events, n* = sum(w)² / sum(w²) (Kish 1965), in
place of their number. Gains by stratification and by a finite population are not counted, so that the interval is
rather too wide. It holds for the recordings of the sample, and for others of the same kind, if the listener is right;
the listener's own mistakes are not in it.

A threshold is chosen among those at which precision, made monotone in the score by isotonic regression (pool adjacent
violators; Barlow et al. 1972), changes: the lowest of these with P(t) of at least the precision asked for, and at least
`LEAST_JUDGED` judged events above it. Since it is chosen by the same verdicts, its precision is estimated a little too
high; judge a few more events with the new threshold to check.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from whipbird.review.sampling import Candidate, Stratum
from whipbird.text import counted

__all__ = ["LEAST_JUDGED", "Estimate", "JudgedLabel", "Level", "LiveEstimates", "judged_labels"]

LEAST_JUDGED = 10  # events above a threshold
Z = 1.959964  # of a two-sided interval of 95 %
DECIMALS = 4  # of a threshold
ROUNDING = 1e-6


class Judged(Protocol):
    """An event of a label: a `Candidate`, or what stands for one elsewhere."""

    @property
    def stratum(self) -> Stratum: ...

    @property
    def score(self) -> float: ...

    @property
    def right(self) -> bool | None: ...

    @property
    def is_drawn(self) -> bool: ...

    @property
    def counts(self) -> bool: ...


Level = Callable[[Any], float | None]
"""Gives the level of a `Judged`."""


@dataclass(frozen=True)
class Estimate:
    """Precision of the events with scores from a threshold on.

    Attributes
    ----------
    threshold : float
    events : int
        That there are; an estimate where only the judged events can be compared with the threshold.
    judged : int
        Drawn events with a certain answer.
    precision, low, high : float or None
        Share of right events with its 95 % interval; None without any judged event.
    kept : float or None
        Share of all right events that have this score; None if no event is right.
    """

    threshold: float
    events: int
    judged: int
    precision: float | None
    low: float | None
    high: float | None
    kept: float | None


class JudgedLabel:
    """The events of one label of one model with the verdicts on them.

    Parameters
    ----------
    events : mapping of Stratum to sequence of Judged
        All events, in their strata.
    level : callable, optional
        The highest threshold at which a judged event is an event, None if that is not known. By default, this is its
        score; a threshold on a smoothed score is lower.

    Attributes
    ----------
    events, judged, unsure : int
        Numbers of all events, of drawn events with a certain answer, and with an uncertain one.
    """

    def __init__(self, events: Mapping[Stratum, Sequence[Judged]], level: Level | None = None) -> None:
        self._population = None if level else np.sort([one.score for own in events.values() for one in own])
        levels: dict[int, float] = {}
        for one in (one for own in events.values() for one in own if one.counts):
            reached = level(one) if level else one.score
            if reached is not None:
                levels[id(one)] = reached
        drawn = {stratum: [one for one in own if id(one) in levels] for stratum, own in events.items()}
        scores, right, weights = [], [], []
        for stratum, count in _joined(events, drawn).items():
            for one in drawn[stratum]:
                scores.append(levels[id(one)])
                right.append(bool(one.right))
                weights.append(count / len(drawn[stratum]))
        order = np.argsort(scores, kind="stable")
        self._scores = np.array(scores, np.float64)[order]
        self._right = np.array(right, np.float64)[order]
        self._weights = np.array(weights, np.float64)[order]
        self.events, self.judged = sum(map(len, events.values())), len(scores)
        self.unsure = sum(one.is_drawn for own in events.values() for one in own) - self.judged

    def at(self, threshold: float) -> Estimate:
        """The estimate for a threshold."""
        first = int(np.searchsorted(self._scores, threshold))
        weights, right = self._weights[first:], self._right[first:]
        total, all_right = float(weights.sum()), float((self._weights * self._right).sum())
        events = round(total)
        if self._population is not None:
            events = len(self._population) - int(np.searchsorted(self._population, threshold))
        if not total:
            return Estimate(threshold, events, 0, None, None, None, None)
        found = float((weights * right).sum())
        precision = min(1.0, found / total)
        low, high = _wilson(precision, total**2 / float((weights**2).sum()))
        return Estimate(threshold, events, len(weights), precision, low, high, found / all_right if all_right else None)

    @property
    def lowest_score(self) -> float:
        """The lowest score, or level, of a judged event; 0 without any."""
        return float(self._scores[0]) if len(self._scores) else 0.0

    def lowest(self) -> Estimate:
        """The estimate for all events."""
        return self.at(0.0)

    def for_precision(self, wanted: float) -> Estimate | None:
        """The estimate for the lowest threshold with this precision; None if none has it and enough judged events."""
        for position in self._steps():
            threshold = math.floor(self._scores[position] * 10**DECIMALS + ROUNDING) / 10**DECIMALS
            estimate = self.at(threshold)
            if estimate.judged >= LEAST_JUDGED and estimate.precision is not None and estimate.precision >= wanted:
                return estimate
        return None

    def curve(self) -> list[Estimate]:
        """Estimates for the thresholds at which precision changes, the lowest first."""
        return [self.at(float(self._scores[position])) for position in self._steps()]

    def _steps(self) -> list[int]:
        """Where isotonic regression of the answers on the scores starts a new value, as positions among the scores."""
        blocks: list[tuple[int, float, float]] = []  # position, weight, and weighted sum of the answers
        for position, (score, weight, right) in enumerate(zip(self._scores, self._weights, self._right, strict=True)):
            blocks.append((position, weight, weight * right))
            while len(blocks) > 1 and (
                blocks[-2][2] / blocks[-2][1] >= blocks[-1][2] / blocks[-1][1] or self._scores[blocks[-2][0]] == score
            ):
                _, more, right_of = blocks.pop()
                start, own, total = blocks.pop()
                blocks.append((start, own + more, total + right_of))
        return [position for position, _, _ in blocks]


def judged_labels(candidates: Iterable[Judged], level: Level | None = None) -> dict[tuple[str, str], JudgedLabel]:
    """The models and labels of events, with the verdicts on these; for ``level``, see `JudgedLabel`."""
    found: dict[tuple[str, str], dict[Stratum, list[Judged]]] = {}
    for one in candidates:
        stratum = one.stratum
        found.setdefault((stratum.model, stratum.label), {}).setdefault(stratum, []).append(one)
    return {key: JudgedLabel(strata, level) for key, strata in sorted(found.items())}


def _joined(
    events: Mapping[Stratum, Sequence[Judged]], drawn: Mapping[Stratum, Sequence[Judged]]
) -> dict[Stratum, int]:
    """Numbers of events of the strata of which some were judged, with those of strata of which none was."""
    judged = sorted(stratum for stratum, own in drawn.items() if own)
    counts = dict.fromkeys(judged, 0)
    for stratum, own in events.items():
        if judged:
            lower = [one for one in judged if one.level <= stratum.level]
            counts[lower[-1] if lower else judged[0]] += len(own)
    return counts


def _wilson(share: float, number: float) -> tuple[float, float]:
    """95 % interval of a share of this effective number of events, after Wilson 1927."""
    centre = (share + Z**2 / (2 * number)) / (1 + Z**2 / number)
    half = Z / (1 + Z**2 / number) * math.sqrt(share * (1 - share) / number + Z**2 / (4 * number**2))
    return max(0.0, centre - half), min(1.0, centre + half)


class LiveEstimates:
    """Estimates that follow the answers of a session.

    Parameters
    ----------
    candidates : iterable of Candidate
        All events.
    """

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._events: dict[tuple[str, str], dict[Hashable, Candidate]] = {}
        for one in candidates:
            self._events.setdefault((one.event.model, one.event.label), {})[_key(one)] = one

    def line(self, candidate: Candidate, answered: Iterable[Candidate]) -> str:
        """What is known of the label of an event, with the answers of the session so far."""
        name = candidate.event.model, candidate.event.label
        own = self._events[name] | {_key(one): one for one in answered if (one.event.model, one.event.label) == name}
        label = judged_labels(own.values())[name]
        estimate = label.lowest()
        if estimate.precision is None or estimate.low is None or estimate.high is None:
            return f"{counted(label.events, 'event')}, none judged yet"
        shares = f"{estimate.precision:.0%} right ({estimate.low:.0%} to {estimate.high:.0%})"
        return f"{counted(label.events, 'event')}, {label.judged:,} judged, {shares}"


def _key(one: Candidate) -> Hashable:
    return id(one.recording), one.event.model, one.event.label, one.event.begin_s
