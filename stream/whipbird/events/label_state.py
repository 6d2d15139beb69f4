"""The state machine of one label: waiting, in an event, or under ``off`` before the event is released.

`whipbird.events.debounce` says when an event starts, becomes certain and ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from whipbird.events.settings import DebounceSettings
from whipbird.events.smoothing import ScoreLine

__all__ = ["TOLERANCE", "Event", "LabelState"]

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
        When the event ended; while it is in progress, when it became certain.
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


class LabelState:
    """State of one label.

    Attributes
    ----------
    label : str
    settings : DebounceSettings
    start_s : float or None
        When the event in progress started; None if there is none.
    """

    def __init__(self, label: str, settings: DebounceSettings) -> None:
        self.label = label
        self.settings = settings
        self.start_s: float | None = None
        self._refractory_until_s = -math.inf  # no event may start before
        self._reset()

    def _reset(self) -> None:
        self.start_s = None
        self._under_since_s: float | None = None
        self._certain = False
        self._peak_s = 0.0
        self._peak = -math.inf
        self._score = 0.0

    def matters(self, now_s: float) -> bool:
        """Whether a new state would behave differently from some moment on."""
        return self.start_s is not None or self._refractory_until_s > now_s

    def advance(self, lines: list[ScoreLine], scores: list[tuple[float, float]]) -> list[Event]:
        """Process the last step; return events that became certain or ended in it.

        Parameters
        ----------
        lines : list of ScoreLine
            The mean during the last step.
        scores : list of (float, float)
            For each of the latest steps, the time at which it ended, and its score.
        """
        events: list[Event] = []
        score = scores[-1][1]
        for line in lines:
            now_s: float | None = line.start_s
            while now_s is not None:
                if self.start_s is None:
                    now_s = self._start(line, now_s)
                    if now_s is not None:  # the scores that made the mean rise count
                        since_s = now_s - self.settings.smooth_s + TIME_TOLERANCE_S
                        started_s = now_s - TIME_TOLERANCE_S
                        ends = [-math.inf, *(end_s for end_s, _ in scores)]
                        averaged = [
                            s
                            for (end_s, s), start_s in zip(scores, ends, strict=False)
                            if end_s >= since_s and start_s <= started_s
                        ]
                        self._score = max(averaged, default=score)
                elif self._under_since_s is None:
                    now_s = self._continue(line, now_s, score, events)
                else:
                    now_s = self._release(line, now_s, events)
        return events

    def _start(self, line: ScoreLine, now_s: float) -> float | None:
        """Waiting for an event to start; returns the moment it does, if that is on this line."""
        after_s = max(now_s, self._refractory_until_s)
        if after_s > line.end_s - TIME_TOLERANCE_S:
            return None
        self.start_s = line.first(after_s, self.settings.on - TOLERANCE, rising=True)
        return self.start_s

    def _continue(self, line: ScoreLine, now_s: float, score: float, events: list[Event]) -> float | None:
        """In an event; returns the moment the mean falls under ``off``, if that is on this line."""
        assert self.start_s is not None
        under_s = None if line.rises else line.first(now_s, self.settings.off - 2 * TOLERANCE, rising=False)
        until_s = line.end_s if under_s is None else under_s
        self._score = max(self._score, score)
        certain_s = max(self.start_s + self.settings.min_s, now_s)
        self._raise_peak(line, now_s)
        if not self._certain and until_s >= certain_s - TIME_TOLERANCE_S and until_s > now_s + TIME_TOLERANCE_S:
            certain_s = min(certain_s, until_s)
            self._certain = True
            self._raise_peak(line, certain_s)
            events.append(Event(self.label, self.start_s, self._peak_s, certain_s, self._score, ended=False))
        self._raise_peak(line, until_s)
        self._under_since_s = under_s
        return under_s

    def _raise_peak(self, line: ScoreLine, time_s: float) -> None:
        mean = line.at(time_s)
        if mean > self._peak + PEAK_TOLERANCE:
            self._peak, self._peak_s = mean, time_s

    def _release(self, line: ScoreLine, now_s: float, events: list[Event]) -> float | None:
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
        assert self.start_s is not None
        events = []
        if self._certain:
            events.append(Event(self.label, self.start_s, self._peak_s, end_s, self._score, ended=True))
            self._refractory_until_s = end_s + self.settings.refractory_s
        self._reset()
        return events

    def finish(self, now_s: float) -> list[Event]:
        """End the event in progress, if there is one: the stream ends here."""
        if self.start_s is None:
            return []
        return self._end(now_s if self._under_since_s is None else self._under_since_s)
