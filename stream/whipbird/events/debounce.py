"""The debouncer: from scores that flicker to events that happen once.

A score counts for the time since the one before it, so that a label's score is a step function of time. Its mean over
the last ``smooth_s`` seconds is then a chain of straight lines (see `whipbird.events.smoothing`), and the moments at
which it crosses a threshold are computed, not sampled: events depend on the scores and on time, never on the interval
at which scores arrive.

For each label alone (see `whipbird.events.label_state`):

* an event starts when the mean reaches ``on``, but not within ``refractory_s`` after the end of the last one;
* it is certain once the mean has not been under ``off`` for ``min_s`` since then;
* it ends at the moment the mean falls under ``off``, if it stays there for ``release_s``;
* if it ends before it is certain, it is dropped.

A pause between two sounds ends the events in progress, and the scores before it are forgotten: two words in quick
succession are two events, even though the model's window has a word in it all the time.

A score that is not a finite number counts as 0. If the model card says so, a label's relative score takes the place of
its score (see `whipbird.events.relative_scores`). Times are in seconds on the caller's clock, scores between 0 and 1.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from whipbird.arrays import Doubles, Reals
from whipbird.events.label_state import Event, LabelState
from whipbird.events.smoothing import ScoreStep, mean_lines
from whipbird.events.watched_labels import WatchedLabels

__all__ = ["Debouncer"]


class Debouncer:
    """Debounces the scores of one model on one stream.

    Parameters
    ----------
    watched : WatchedLabels
    start_s : float
        Time from which the first score counts.
    """

    def __init__(self, watched: WatchedLabels, start_s: float = 0.0) -> None:
        self._watched = watched
        self._states: dict[int, LabelState] = {}  # of labels whose events are in progress, or were a moment ago
        self._possible_until_s = np.full(len(watched.labels), -math.inf)  # a mean may reach its threshold until then
        self._busy_until_s = -math.inf  # the latest of these
        self._memory_s = watched.memory_s
        self._steps: deque[ScoreStep] = deque()
        self._now_s = start_s

    @property
    def active(self) -> dict[str, float]:
        """Labels whose events are in progress, and since when."""
        if not self._states:
            return {}
        states = (self._states[number] for number in sorted(self._states))
        return {state.label: state.start_s for state in states if state.start_s is not None}

    def step(self, now_s: float, scores: Reals, pause: bool = False) -> list[Event]:
        """Process the scores that hold from the last step up to now, shape (labels,).

        In a pause they count as 0.

        Raises
        ------
        ValueError
            If time does not advance.
        """
        return self.step_watched(now_s, self._watched.scores(scores), pause)

    def step_watched(self, now_s: float, watched: Doubles, pause: bool = False) -> list[Event]:
        """As `step`, with the scores of the watched labels as they count for events, see `WatchedLabels.scores`."""
        if not now_s > self._now_s:
            raise ValueError(f"time went from {self._now_s} s to {now_s} s")
        if pause:
            ended = self.finish()
            self._steps.clear()
            self._busy_until_s = -math.inf
            self._possible_until_s[:] = -math.inf
            self._now_s = now_s
            return ended
        step = ScoreStep(self._now_s, now_s, watched)
        while self._steps and self._steps[0].end_s <= step.start_s - self._memory_s:
            self._steps.popleft()
        self._steps.append(step)
        self._now_s = now_s
        # A mean never exceeds its highest score: most of the time, this is all that happens.
        high = watched >= self._watched.on
        if high.any():
            self._possible_until_s[high] = now_s + self._memory_s
            self._busy_until_s = now_s + self._memory_s
        active = {number for number, state in self._states.items() if state.start_s is not None}
        if step.start_s > self._busy_until_s and not active:
            return []
        events: list[Event] = []
        for number in sorted(active.union(np.flatnonzero(self._possible_until_s >= step.start_s).tolist())):
            state = self._state(number)
            lines = list(mean_lines(self._steps, number, state.settings.smooth_s))
            events.extend(state.advance(lines, [(step.end_s, float(step.scores[number])) for step in self._steps]))
        self._states = {number: state for number, state in self._states.items() if state.matters(now_s)}
        return sorted(events, key=lambda event: event.begin_s)

    def _state(self, number: int) -> LabelState:
        state = self._states.get(number)
        if state is None:
            watched = self._watched
            state = self._states[number] = LabelState(watched.labels[number], watched.settings[number])
        return state

    def step_if_quiet(self, until_s: Sequence[float], scores: Reals) -> bool:
        """Take many steps at once, if no event can start or end in any of them; returns whether they were taken.

        Parameters
        ----------
        until_s : sequence of float
            Until when the scores hold, rising.
        scores : array, shape (steps, labels)
        """
        watched = self._watched.scores(scores)
        if self._now_s <= self._busy_until_s or self.active or not (np.abs(watched) < self._watched.on).all():
            return False
        starts_s = [self._now_s, *until_s[:-1]]
        since_s = starts_s[-1] - self._memory_s
        self._steps.extend(
            ScoreStep(start_s, end_s, own)
            for start_s, end_s, own in zip(starts_s, until_s, watched, strict=True)
            if end_s > since_s
        )
        while self._steps and self._steps[0].end_s <= since_s:
            self._steps.popleft()
        self._now_s = until_s[-1]
        return True

    def finish(self, end_s: float = -math.inf) -> list[Event]:
        """End all events in progress: the stream ends here, or at a later moment, up to which the last score holds."""
        end_s = max(end_s, self._now_s)
        return [event for number in sorted(self._states) for event in self._states[number].finish(end_s)]
