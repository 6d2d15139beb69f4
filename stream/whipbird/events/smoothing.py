"""Smoothing: the mean of a label's score over time, as a chain of straight lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from whipbird.arrays import Doubles

__all__ = ["ScoreLine", "ScoreStep", "mean_lines"]


@dataclass(frozen=True, slots=True)
class ScoreStep:
    """Scores of the watched labels, shape (watched,), and the time for which they hold."""

    start_s: float
    end_s: float
    scores: Doubles


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A span of time in which the mean changes evenly, from `start` to `end`.

    Callers must not look for a fall below a threshold on a rising line, nor for a rise above one on a falling line.
    Where the slope is so steep that even neighbouring floating-point times have very different means, the search would
    never end.
    """

    start_s: float
    start: float
    end_s: float
    end: float

    @property
    def rises(self) -> bool:
        return self.end > self.start

    @property
    def falls(self) -> bool:
        return self.end < self.start

    def first(self, after_s: float, level: float, rising: bool) -> float | None:
        """First moment from ``after_s`` on at which the mean is at least the level (rising), or under it."""
        sign = 1.0 if rising else -1.0
        at_after = sign * (self.at(after_s) - level)
        at_end = sign * (self.end - level)
        if at_after >= 0 if rising else at_after > 0:
            return after_s
        if at_end < 0 or (at_end == 0 and not rising) or self.end_s <= after_s:
            return None
        return after_s + (self.end_s - after_s) * (-at_after) / (at_end - at_after)

    def at(self, time_s: float) -> float:
        """The mean at a moment on the line."""
        if self.end_s == self.start_s:
            return self.end
        return self.start + (self.end - self.start) * (time_s - self.start_s) / (self.end_s - self.start_s)


def mean_lines(steps: Sequence[ScoreStep] | deque[ScoreStep], label: int, smooth_s: float) -> Iterator[ScoreLine]:
    """The mean over ``smooth_s`` during the last step, as straight lines.

    Parameters
    ----------
    steps : sequence of ScoreStep
        The latest steps, back to ``smooth_s`` before the start of the last one.
    label : int
        Number among the watched labels.
    """
    last = steps[-1]
    if smooth_s == 0:
        score = float(last.scores[label])
        yield ScoreLine(last.start_s, score, last.end_s, score)
        return
    # The slope changes where the far end of the averaging passes from one step to the next.
    bends = {step.start_s + smooth_s for step in steps}
    times = [last.start_s, *sorted(time for time in bends if last.start_s < time < last.end_s), last.end_s]
    means = [_mean(steps, label, time, smooth_s) for time in times]
    for number in range(len(times) - 1):
        yield ScoreLine(times[number], means[number], times[number + 1], means[number + 1])


def _mean(steps: Sequence[ScoreStep] | deque[ScoreStep], label: int, time_s: float, smooth_s: float) -> float:
    """Mean score over the last ``smooth_s`` before a moment."""
    total = 0.0
    for step in steps:
        shared = min(step.end_s, time_s) - max(step.start_s, time_s - smooth_s)
        if shared > 0:
            total += shared * float(step.scores[label])
    return total / smooth_s
