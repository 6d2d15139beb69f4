"""The debouncer: from scores that flicker to events that happen once.

A score counts for the time since the one before it, so that a label's score is a step function of time. Its mean over
the last ``smooth_s`` seconds is then a chain of straight lines, and the moments at which it crosses a threshold are
computed, not sampled: events depend on the scores and on time, never on how far apart the scores happen to come.

For each label alone:

* an event begins when the mean reaches ``on``, but not within ``refractory_s`` after the end of the last one;
* it is certain once the mean has not been under ``off`` for ``min_s`` since then;
* it ends at the moment the mean falls under ``off``, if it stays there for ``release_s``;
* if it ends before it is certain, it never was.

Where there is a pause between two sounds, what is under way ends, and the scores before are forgotten: two words in
quick succession are two, though the model's window sees a word all the time.

A score that is not a finite number counts as 0. Where that is asked for, a label's share takes the place of its score
(see `whipbird.events.relative_scores`). Times are in seconds on the caller's clock, scores between 0 and 1.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Doubles, Reals
from whipbird.events.relative_scores import relative_scores
from whipbird.events.settings import Against, DebounceSettings

__all__ = ["Debouncer", "Event", "watched_scores"]

# Rounding must not decide whether a constant score reaches its threshold, nor let a mean fall and come back at once.
TOLERANCE = 1e-7  # of scores, which come as float32
PEAK_TOLERANCE = 1e-8
TIME_TOLERANCE_S = 1e-6  # moments nearer than this are one


@dataclass(frozen=True, slots=True)
class Event:
    """A label that is certain, or has ended.

    Attributes
    ----------
    label : str
    begin_s : float
        When the mean score reached the threshold.
    peak_s : float
        When the mean score was highest so far.
    end_s : float
        When it ended; while it goes on, when it became certain.
    score : float
        Highest score so far (not smoothed).
    ended : bool
        False when the event has just become certain, True when it has ended.
    """

    label: str
    begin_s: float
    peak_s: float
    end_s: float
    score: float
    ended: bool


class Debouncer:
    """Debounces the scores of one model on one stream.

    Parameters
    ----------
    labels : sequence of str
        Names of the scores, in their order.
    settings : mapping
        Settings per label; labels without any give no events.
    start_s : float
        Time at which the first score begins to count.
    against : "all" or "unreported"
        Whether scores count as they are, or as shares.
    """

    def __init__(
        self,
        labels: Sequence[str],
        settings: Mapping[str, DebounceSettings],
        start_s: float = 0.0,
        against: Against = "all",
    ) -> None:
        self._watched = [index for index, label in enumerate(labels) if label in settings]
        self._against = against
        self._tracks = [_Track(labels[index], settings[labels[index]]) for index in self._watched]
        self._on = np.array([track.settings.on for track in self._tracks]) - TOLERANCE
        self._possible_until_s = np.full(len(self._tracks), -math.inf)  # a mean may reach its threshold until then
        self._busy_until_s = -math.inf  # the latest of these
        self._memory_s = max((track.settings.smooth_s for track in self._tracks), default=0.0)
        self._steps: deque[_Step] = deque()
        self._now_s = start_s

    @property
    def active(self) -> dict[str, float]:
        """Labels whose event is under way, and since when."""
        return {track.label: track.begin_s for track in self._tracks if track.begin_s is not None}

    def step(self, now_s: float, scores: Reals, pause: bool = False) -> list[Event]:
        """Take the scores that hold from the last step up to now, shape (labels,).

        In a pause they count as 0.

        Raises
        ------
        ValueError
            If time does not advance.
        """
        if not now_s > self._now_s:
            raise ValueError(f"time went from {self._now_s} s to {now_s} s")
        if pause:
            ended = self.finish()
            self._steps.clear()
            self._busy_until_s = -math.inf
            self._possible_until_s[:] = -math.inf
            self._now_s = now_s
            return ended
        watched = watched_scores(scores, self._watched, self._against)
        step = _Step(self._now_s, now_s, watched)
        while self._steps and self._steps[0].end_s <= step.begin_s - self._memory_s:
            self._steps.popleft()
        self._steps.append(step)
        self._now_s = now_s
        # A mean never exceeds its highest score: most of the time, this is all that happens.
        high = watched >= self._on
        if high.any():
            self._possible_until_s[high] = now_s + self._memory_s
            self._busy_until_s = now_s + self._memory_s
        if step.begin_s > self._busy_until_s and not any(track.begin_s is not None for track in self._tracks):
            return []
        events: list[Event] = []
        for number, track in enumerate(self._tracks):
            if self._possible_until_s[number] >= step.begin_s or track.begin_s is not None:
                smooth_s = track.settings.smooth_s
                lines = list(_mean_lines(self._steps, number, smooth_s))
                events.extend(track.advance(lines, [(step.end_s, float(step.scores[number])) for step in self._steps]))
        return sorted(events, key=lambda event: event.begin_s)

    def pass_by(self, until_s: Sequence[float], scores: Reals) -> bool:
        """Take many steps at once, if nothing can begin or end in any of them; returns whether they were taken.

        Parameters
        ----------
        until_s : sequence of float
            Until when the scores hold, rising.
        scores : array, shape (steps, labels)
        """
        watched = watched_scores(scores, self._watched, self._against)
        if self._now_s <= self._busy_until_s or self.active or not (np.abs(watched) < self._on).all():
            return False
        begins_s = [self._now_s, *until_s[:-1]]
        since_s = begins_s[-1] - self._memory_s
        self._steps.extend(
            _Step(begin_s, end_s, own)
            for begin_s, end_s, own in zip(begins_s, until_s, watched, strict=True)
            if end_s > since_s
        )
        while self._steps and self._steps[0].end_s <= since_s:
            self._steps.popleft()
        self._now_s = until_s[-1]
        return True

    def finish(self) -> list[Event]:
        """The stream ends here: end what is under way."""
        return [event for track in self._tracks for event in track.finish(self._now_s)]


def watched_scores(scores: Reals, watched: Sequence[int], against: Against) -> Doubles:
    """What counts of some labels: their scores or shares, shape (..., labels) to shape (..., watched)."""
    finite = np.asarray(scores, np.float64)
    if not np.isfinite(finite).all():
        finite = np.where(np.isfinite(finite), finite, 0.0)
    if against == "unreported":
        return relative_scores(finite, watched)
    own: Doubles = finite[..., watched]
    return own


@dataclass(frozen=True, slots=True)
class _Step:
    begin_s: float
    end_s: float
    scores: Doubles  # of the watched labels


@dataclass(frozen=True, slots=True)
class _Line:
    """A stretch of time in which the mean changes evenly.

    While it rises, nothing falls under a threshold, and while it falls, nothing comes back over one: where the slope is
    so steep that the nearest moments that numbers can tell apart have means far apart, it would go on for ever.
    """

    begin_s: float
    begin: float
    end_s: float
    end: float

    @property
    def rises(self) -> bool:
        return self.end > self.begin

    @property
    def falls(self) -> bool:
        return self.end < self.begin

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
        if self.end_s == self.begin_s:
            return self.end
        return self.begin + (self.end - self.begin) * (time_s - self.begin_s) / (self.end_s - self.begin_s)


def _mean_lines(steps: Sequence[_Step] | deque[_Step], label: int, smooth_s: float) -> Iterator[_Line]:
    """The mean over ``smooth_s`` during the last step, as straight lines."""
    last = steps[-1]
    if smooth_s == 0:
        score = float(last.scores[label])
        yield _Line(last.begin_s, score, last.end_s, score)
        return
    # The slope changes where the far end of the averaging passes from one step to the next.
    bends = {step.begin_s + smooth_s for step in steps}
    times = [last.begin_s, *sorted(time for time in bends if last.begin_s < time < last.end_s), last.end_s]
    means = [_mean(steps, label, time, smooth_s) for time in times]
    for number in range(len(times) - 1):
        yield _Line(times[number], means[number], times[number + 1], means[number + 1])


def _mean(steps: Sequence[_Step] | deque[_Step], label: int, time_s: float, smooth_s: float) -> float:
    total = 0.0
    for step in steps:
        shared = min(step.end_s, time_s) - max(step.begin_s, time_s - smooth_s)
        if shared > 0:
            total += shared * float(step.scores[label])
    return total / smooth_s


class _Track:
    """The state of one label."""

    def __init__(self, label: str, settings: DebounceSettings) -> None:
        self.label = label
        self.settings = settings
        self.begin_s: float | None = None
        self._rest_until_s = -math.inf  # no event may begin before
        self._reset()

    def _reset(self) -> None:
        self.begin_s = None
        self._under_since_s: float | None = None
        self._certain = False
        self._peak_s = 0.0
        self._peak = -math.inf
        self._score = 0.0

    def advance(self, lines: list[_Line], scores: list[tuple[float, float]]) -> list[Event]:
        """Go through the last step; ``scores`` are those of the latest steps, each with the time at which it ended."""
        events: list[Event] = []
        score = scores[-1][1]
        for line in lines:
            now_s: float | None = line.begin_s
            while now_s is not None:
                if self.begin_s is None:
                    now_s = self._begin(line, now_s)
                    if now_s is not None:  # the scores that made the mean rise count
                        since_s = now_s - self.settings.smooth_s + TIME_TOLERANCE_S
                        begun_s = now_s - TIME_TOLERANCE_S
                        ends = [-math.inf, *(end_s for end_s, _ in scores)]
                        averaged = [
                            s
                            for (end_s, s), start_s in zip(scores, ends, strict=False)
                            if end_s >= since_s and start_s <= begun_s
                        ]
                        self._score = max(averaged, default=score)
                elif self._under_since_s is None:
                    now_s = self._stay(line, now_s, score, events)
                else:
                    now_s = self._release(line, now_s, events)
        return events

    def _begin(self, line: _Line, now_s: float) -> float | None:
        """Waiting for an event to begin; returns the moment it does, if that is on this line."""
        after_s = max(now_s, self._rest_until_s)
        if after_s > line.end_s - TIME_TOLERANCE_S:
            return None
        self.begin_s = line.first(after_s, self.settings.on - TOLERANCE, rising=True)
        return self.begin_s

    def _stay(self, line: _Line, now_s: float, score: float, events: list[Event]) -> float | None:
        """In an event; returns the moment the mean falls under ``off``, if that is on this line."""
        assert self.begin_s is not None
        under_s = None if line.rises else line.first(now_s, self.settings.off - 2 * TOLERANCE, rising=False)
        until_s = line.end_s if under_s is None else under_s
        self._score = max(self._score, score)
        certain_s = max(self.begin_s + self.settings.min_s, now_s)
        self._raise_peak(line, now_s)
        if not self._certain and until_s >= certain_s - TIME_TOLERANCE_S and until_s > now_s + TIME_TOLERANCE_S:
            certain_s = min(certain_s, until_s)
            self._certain = True
            self._raise_peak(line, certain_s)
            events.append(Event(self.label, self.begin_s, self._peak_s, certain_s, self._score, ended=False))
        self._raise_peak(line, until_s)
        self._under_since_s = under_s
        return under_s

    def _raise_peak(self, line: _Line, time_s: float) -> None:
        mean = line.at(time_s)
        if mean > self._peak + PEAK_TOLERANCE:
            self._peak, self._peak_s = mean, time_s

    def _release(self, line: _Line, now_s: float, events: list[Event]) -> float | None:
        """Under ``off``; returns the moment the mean is back, or the event has ended, if more can come on this line."""
        assert self._under_since_s is not None
        back_s = None if line.falls else line.first(now_s, self.settings.off - TOLERANCE, rising=True)
        ends_s = self._under_since_s + self.settings.release_s
        if back_s is not None and back_s < ends_s - TIME_TOLERANCE_S:
            self._under_since_s = None
            return back_s
        if ends_s > line.end_s + TIME_TOLERANCE_S:
            return None
        events.extend(self._end(self._under_since_s))
        return None if line.falls else min(max(ends_s, now_s), line.end_s)

    def _end(self, end_s: float) -> list[Event]:
        assert self.begin_s is not None
        events = []
        if self._certain:
            events.append(Event(self.label, self.begin_s, self._peak_s, end_s, self._score, ended=True))
            self._rest_until_s = end_s + self.settings.refractory_s
        self._reset()
        return events

    def finish(self, now_s: float) -> list[Event]:
        if self.begin_s is None:
            return []
        return self._end(now_s if self._under_since_s is None else self._under_since_s)
