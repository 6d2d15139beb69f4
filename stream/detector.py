"""A detector: one model listening to one unbroken stretch of sound. Samples go in, events come out.

It knows nothing of threads, files or devices. Sound arrives at the model's rate in pieces of any length and is worked
on in whole hops, always in the same shapes, so that the same sound gives the same events, bit for bit, however it was
cut. Before the first sample and after the last there is digital silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stream.clock import Clock
from stream.debounce import Debouncer, Event
from stream.detection import Detection
from stream.extent import FRAME_S, frame_levels_db, is_pause, sound_extent
from stream.model import Model
from stream.timings import Timings
from stream.window import SlidingWindow

__all__ = ["Detector", "Tap"]

# Called with the moments since and until which scores count, how far the source has been heard, the scores, shape
# (labels,), and whether there is a pause at that moment.
Tap = Callable[[float, float, float, NDArray[np.float32], bool], None]

OFF_CENTRE_S = 0.15  # a word may lie so far before the middle of the window when it becomes certain
LEAST_SCORE = 0.1  # below it there is no word that a pause could end
SHORTEST_S = 0.02  # a word is at least as long, whatever its loudness says


class Detector:
    """Runs one model over one stretch of sound.

    Parameters
    ----------
    model : Model
    source : str
        Name of the source, for the events.
    source_rate_hz : int
    clock : Clock
        Of the source.
    timings : Timings
        Where the stages' times are added.
    start : int
        Number of the source's sample with which the stretch begins.
    labels : collection of str, optional
        Report these alone.
    tap : callable, optional
        Gets all scores, see `Tap`.
    """

    def __init__(
        self,
        model: Model,
        source: str,
        source_rate_hz: int,
        clock: Clock,
        timings: Timings,
        start: int = 0,
        labels: frozenset[str] | None = None,
        tap: Tap | None = None,
    ) -> None:
        card = model.card
        self._model = model
        self._source = source
        self._source_rate_hz = source_rate_hz
        self._clock = clock
        self._timings = timings
        self._start_s = start / source_rate_hz
        self._hops = 0
        self._frontend = model.frontend()
        self._window = SlidingWindow(card.window, self._frontend.silence())
        self._last_s = math.inf  # where the stretch ends, once it has
        self._held: NDArray[np.float32] = np.empty(0, np.float32)
        self._labels = labels
        self._reported = [number for number, label in enumerate(card.labels) if label in card.debounce]
        self._tap = tap
        self._debouncer = Debouncer(card.labels, card.debounce, self._start_s - card.reference_s)
        self._tail_s = card.reference_s + max((s.smooth_s for s in card.debounce.values()), default=0.0)
        self._sound = SlidingWindow(self._frontend.span(card.window), 0.0)
        self._reported_end_s = self._start_s
        self.scores: NDArray[np.float32] = np.zeros(len(card.labels), np.float32)

    def push(self, samples: NDArray[np.float32], heard_s: float) -> list[Detection]:
        """Take the next samples at the model's rate, shape (n,).

        Parameters
        ----------
        heard_s : float
            How far the source has been heard, in seconds from its start.
        """
        hop = self._model.card.hop
        held = np.concatenate((self._held, samples)) if len(self._held) else samples
        whole = len(held) - len(held) % hop
        self._held = held[whole:].copy()
        return [
            detection for begin in range(0, whole, hop) for detection in self._hop(held[begin : begin + hop], heard_s)
        ]

    def finish(self, heard_s: float) -> list[Detection]:
        """The stretch ends here: hear its last sounds, and end what is under way."""
        card = self._model.card
        self._last_s = heard_s
        silence = np.zeros(round(self._tail_s * card.sample_rate_hz) + card.hop, np.float32)
        return self.push(silence, heard_s) + self._detections(self._debouncer.finish(), heard_s)

    def _hop(self, samples: NDArray[np.float32], heard_s: float) -> list[Detection]:
        card = self._model.card
        timings = self._timings
        timings.start()
        self._window.push(self._frontend.push(samples))
        self._sound.push(samples[:, None])
        timings.lap("features")
        self.scores = self._model.scores(self._window.view())
        timings.lap("model")
        self._hops += 1
        until_s = self._now_s - card.reference_s
        pause = self._is_pause()
        if self._tap is not None:
            self._tap(until_s - card.hop_s, until_s, heard_s, self.scores, pause)
        events = self._debouncer.step(until_s, self.scores, pause)
        timings.lap("debouncing")
        return self._detections(events, heard_s) if events else []

    def _is_pause(self) -> bool:
        """Whether the moment of which the scores speak lies between two words; of calls, the scores themselves tell."""
        card = self._model.card
        if card.report == "end" or not (self.active or self.scores[self._reported].max(initial=0) >= LEAST_SCORE):
            return False
        rate_hz = card.sample_rate_hz
        frame = round(FRAME_S * rate_hz)
        sound = self._sound.view()[:, 0]
        sound = sound[len(sound) % frame :]
        return is_pause(frame_levels_db(sound, frame), (len(sound) - round(card.reference_s * rate_hz)) // frame)

    @property
    def active(self) -> dict[str, float]:
        """Labels that are being heard right now, and since when in seconds."""
        return self._debouncer.active

    @property
    def _now_s(self) -> float:
        """Where in the source the window ends."""
        return self._start_s + self._hops * self._model.card.hop / self._model.card.sample_rate_hz

    def _detections(self, events: list[Event], heard_s: float) -> list[Detection]:
        at_end = self._model.card.report == "end"
        found = [
            self._detection(event, heard_s)
            for event in events
            if event.ended == at_end and event.begin_s < self._last_s
        ]
        return [detection for detection in found if self._labels is None or detection.label in self._labels]

    def _detection(self, event: Event, heard_s: float) -> Detection:
        begin_s, stop_s = event.begin_s - self._model.card.lead_s, event.end_s
        if not event.ended:
            begin_s, stop_s = self._extent(event)
            self._reported_end_s = stop_s
        last_s = min(self._now_s, self._last_s)
        begin_s = min(max(begin_s, self._start_s), last_s)
        stop_s = min(max(stop_s, begin_s), last_s)
        begin = round(begin_s * self._source_rate_hz)
        return Detection(
            label=event.label,
            begin_s=begin_s,
            peak_s=min(max(event.peak_s, begin_s), stop_s),
            end_s=stop_s,
            reported_s=heard_s,
            score=event.score,
            source=self._source,
            model=self._model.card.name,
            begin_sample=begin,
            time=self._clock.at(begin_s),
        )

    def _extent(self, event: Event) -> tuple[float, float]:
        """Where the sound lies that has just become certain, by its loudness; no sound is told twice."""
        rate_hz = self._model.card.sample_rate_hz
        frame = round(FRAME_S * rate_hz)
        fresh = max(frame, round((self._now_s - self._reported_end_s) * rate_hz))
        sound = self._sound.view()[-fresh:, 0]
        sound = sound[len(sound) % frame :]
        middle = len(sound) - round((self._model.card.reference_s + OFF_CENTRE_S) * rate_hz)
        found = sound_extent(frame_levels_db(sound, frame), middle // frame)
        if found is None:
            return event.begin_s, max(event.end_s, event.begin_s + SHORTEST_S)
        first_s = self._now_s - len(sound) / rate_hz
        return first_s + found[0] * frame / rate_hz, first_s + found[1] * frame / rate_hz
