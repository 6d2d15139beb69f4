"""Tracks one source: the time processed and lost, its state, and its events.

For a live source, processed and lost time add up to the whole time since its first sample, or since the first failed
attempt to open it. Within a pipeline, samples are counted. Between two pipelines there is an outage, from the end of
the first to the start of the second.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from whipbird.events.detection import Detection
from whipbird.events.reports import Summary
from whipbird.station.clock_drift import ClockDrift
from whipbird.station.health import Health, State
from whipbird.system.elapsed import elapsed_s

if TYPE_CHECKING:
    from whipbird.engine.pipeline import Pipeline

__all__ = ["SourceTracker", "earlier_counts"]

SILENT_S = 3.0  # without a sample, sound no longer flows
OPENING_S = 30.0  # without the first sample, the source is away


class SourceTracker:
    """Tracks a source; the source's own thread updates the tracker, and any thread may query it.

    Days follow ``zone``, or the system's time zone if it is None. ``monotonic`` is the clock.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        zone: tzinfo | None,
        drift_window_s: float = 30.0,
        monotonic: Callable[[], float] = elapsed_s,
    ) -> None:
        self._monotonic = monotonic
        self.name = name
        self.kind = kind
        self._zone = zone
        self._window_s = drift_window_s
        self._lock = threading.RLock()
        self._state = State.WAITING if kind == "folder" else State.OPENING
        self._problem: str | None = None
        self._detail: str | None = None
        self._heard_s = self._lost_s = 0.0  # of finished segments
        self._below_trigger_s = 0.0  # of recordings
        self._opened_s = self._monotonic()
        self._started_s: float | None = None
        self._away_s: float | None = None  # start of the time without a pipeline
        self._pipeline: Pipeline | None = None
        self._segment_start_s: float | None = None
        self._arrived = 0  # samples received by the pipeline
        self._last_sound_s: float | None = None
        self._last_event: tuple[datetime | None, str] | None = None
        self._day: date | None = None
        self._today: Counter[str] = Counter()
        self._names: dict[str, str] = {}  # common names by label
        self._events = self._outages = 0
        self._drift: ClockDrift | None = None
        self._ended_s: float | None = None
        self._off = False  # since `rest`, until the next sound or failure

    # Updates, called on the source's thread.

    def fail(self, problem: str) -> None:
        """Note that the source cannot be opened or has failed."""
        with self._lock:
            now_s = self._monotonic()
            self._end_rest(now_s)
            self._state, self._problem = State.AWAY, problem
            if self._started_s is None:
                self._started_s = now_s
            if self._away_s is None:
                self._away_s = now_s
                self._outages += 1

    def start(self, pipeline: Pipeline, started_s: float) -> float:
        """Note the first sample of a pipeline, received at ``started_s``; returns the seconds of outage before it."""
        with self._lock:
            self._end_rest(started_s)
            outage_s = 0.0
            if self._away_s is not None:
                outage_s = max(0.0, started_s - self._away_s)
                started_s = self._away_s + outage_s
            self._away_s = None
            if self._started_s is None:
                self._started_s = started_s
            self._lost_s += outage_s
            self._pipeline, self._segment_start_s = pipeline, started_s
            self._arrived, self._last_sound_s = 0, self._monotonic()
            self._state, self._problem = State.LISTENING, None
            rate_hz = pipeline.source.rate_hz
            self._drift = ClockDrift(started_s, time.time() - self._monotonic(), rate_hz, self._window_s)
            return outage_s

    def end(self, problem: str | None) -> None:
        """Note that the pipeline has ended; ``problem`` is None if it ended in order."""
        with self._lock:
            if self._pipeline is not None and self._segment_start_s is not None:
                heard_s, lost_s = self._pipeline.heard_s, self._pipeline.lost_s
                self._heard_s += heard_s
                self._lost_s += lost_s
                self._away_s = self._segment_start_s + heard_s + lost_s
            self._pipeline = self._drift = None
            if problem is None:
                self._state = State.ENDED
                self._ended_s = self._away_s
            else:
                self._outages += 1
                self._state, self._problem = State.AWAY, problem

    def finish(self) -> tuple[float, float]:
        """Note that the source has ended; returns the length and the start of the open outage (monotonic clock)."""
        with self._lock:
            now_s = self._monotonic()
            if self._off:
                self._state = State.ENDED
                return 0.0, now_s
            since_s = self._away_s if self._away_s is not None and self._ended_s is None else now_s
            outage_s = max(0.0, now_s - since_s)
            self._lost_s += outage_s
            self._away_s = None
            self._ended_s = self._ended_s or now_s
            self._state, self._problem = State.ENDED, None
            return outage_s, since_s

    def rest(self, detail: str) -> tuple[float, float]:
        """Note that off hours have begun, which do not count at all; returns the same as `finish`."""
        with self._lock:
            outage = self.finish()
            self._off = True
            self._state, self._detail = State.OFF, detail
            return outage

    def wake(self) -> None:
        """Note that off hours are over, and that the source is being opened."""
        with self._lock:
            self._opened_s = self._monotonic()
            self._state, self._detail = State.OPENING, None

    def _end_rest(self, now_s: float) -> None:
        if self._off:
            self._off = False
            if self._started_s is not None and self._ended_s is not None:
                self._started_s += now_s - self._ended_s
            self._ended_s = None

    def resume(self, kind: str) -> None:
        """Continue after `finish` with other settings; the time in between counts as lost, unless it is off hours."""
        with self._lock:
            self.kind = kind
            self._detail = None
            if not self._off:
                # Before the first sound, nothing counts.
                self._away_s = None if self._started_s is None else self._ended_s
                self._ended_s = None
            self._opened_s = self._monotonic()
            self._state = State.WAITING if kind == "folder" else State.OPENING

    def record(self, summary: Summary) -> None:
        """Add the times of a recording."""
        with self._lock:
            self._heard_s += summary.heard_s
            self._lost_s += summary.lost_s
            self._below_trigger_s += summary.below_trigger_s

    def show(self, state: State, detail: str | None = None, problem: str | None = None) -> None:
        """Set the state of a folder."""
        with self._lock:
            self._state, self._detail, self._problem = state, detail, problem

    def count(self, event: Detection) -> None:
        """Count an event; one of another day, or of a time that is not known, does not count for today."""
        with self._lock:
            today, time = self._now().date(), event.shown_time
            self._turn_day(today)
            if time is not None and time.astimezone(self._zone).date() == today:
                self._today[event.label] += 1
            self._events += 1
            self._last_event = time, event.label
            if event.common_name is not None:
                self._names[event.label] = event.common_name

    def restore(self, day: str, counts: dict[str, int], names: dict[str, str]) -> None:
        """Add what an earlier process counted on this day, if it is today, with the common names of the labels."""
        with self._lock:
            if day == self._now().date().isoformat():
                self._turn_day(self._now().date())
                self._today.update(counts)
                self._names = names | self._names

    def correction_s(self) -> float:
        """Seconds to add to the times of the source's events."""
        with self._lock:
            return self._drift.correction_s if self._drift is not None else 0.0

    # Queries, called on any thread.

    def tick(self) -> float:
        """Check whether sound flows, about once a second; returns the step by which the system's time was set since."""
        with self._lock:
            pipeline, drift, now_s = self._pipeline, self._drift, self._monotonic()
            if self._state is State.OPENING and now_s - self._opened_s > OPENING_S:
                self.fail("no sound")
            if pipeline is None or drift is None:
                return 0.0
            arrived = pipeline.ring.position - pipeline.ring.skipped
            if arrived > self._arrived:
                self._arrived, self._last_sound_s = arrived, now_s
                if pipeline.source.live:
                    drift.update(now_s, pipeline.ring.position)
            if pipeline.source.live and self._state in (State.LISTENING, State.AWAY):
                flows = self._flows(now_s)
                if not flows and self._state is State.LISTENING:
                    self._outages += 1
                self._state = State.LISTENING if flows else State.AWAY
                self._problem = None if flows else "no sound"
            return drift.set_time(now_s, time.time())

    @property
    def flows(self) -> bool:
        """Whether sound is received and processed."""
        with self._lock:
            pipeline = self._pipeline
            return pipeline is not None and self._flows(self._monotonic()) and pipeline.lag_s < SILENT_S

    @property
    def is_off(self) -> bool:
        """Whether the source is outside its hours."""
        return self._state is State.OFF

    def _flows(self, now_s: float) -> bool:
        return self._last_sound_s is not None and now_s - self._last_sound_s < SILENT_S

    def health(self) -> Health:
        """Return the current health."""
        with self._lock:
            now_s = self._monotonic()
            heard_s, lost_s, elapsed_s = self._heard_s, self._lost_s, None
            live = self.kind != "folder"
            if self._pipeline is not None:
                heard_s += self._pipeline.heard_s
                lost_s += self._pipeline.lost_s
                live = self._pipeline.source.live
            if live and self._started_s is not None:
                elapsed_s = (self._ended_s or now_s) - self._started_s
                if self._ended_s is None and (self._pipeline is None or not self._flows(now_s)):
                    # An outage is added to the lost time only when it is over.
                    lost_s = max(lost_s, elapsed_s - heard_s)
            self._turn_day(self._now().date())
            sound = None
            if self._last_sound_s is not None:
                sound = datetime.fromtimestamp(time.time() - (now_s - self._last_sound_s), self._zone).astimezone(
                    self._zone
                )
            last_event, last_label = self._last_event or (None, None)
            return Health(
                name=self.name,
                kind=self.kind,
                state=self._state,
                problem=self._problem,
                detail=self._detail,
                heard_s=heard_s,
                lost_s=lost_s,
                elapsed_s=elapsed_s,
                last_sound=sound,
                last_event=None if last_event is None else last_event.astimezone(self._zone),
                last_label=last_label,
                today=dict(sorted(self._today.items())),
                events=self._events,
                outages=self._outages,
                below_trigger_s=self._below_trigger_s,
                drift_ppm=None if self._drift is None else self._drift.ppm,
                correction_s=0.0 if self._drift is None else self._drift.correction_s,
                names=dict(self._names),
            )

    def _now(self) -> datetime:
        return datetime.now(self._zone).astimezone(self._zone)

    def _turn_day(self, day: date) -> None:
        if self._day != day:
            self._day = day
            self._today.clear()


def earlier_counts(state: dict[str, Any], name: str) -> tuple[str, dict[str, int], dict[str, str]] | None:
    """Day, event counts and common names of a source, from the state of an earlier process.

    See `whipbird.station.state_file`.
    """
    try:
        (source,) = [source for source in state["sources"] if source["name"] == name]
        counts = {str(label): int(count) for label, count in source["today"].items()}
        names = {str(label): str(common) for label, common in source.get("names", {}).items()}
        return str(state["time"])[:10], counts, names
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
