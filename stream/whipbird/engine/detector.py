"""A detector: one model listening to one unbroken stretch of sound. Samples go in, events come out.

It knows nothing of threads, files or devices. Sound arrives at the model's rate in pieces of any length and is worked
on in blocks of whole hops, always in the same shapes, so that the same sound gives the same events, bit for bit,
however it was cut. Before the first sample and after the last there is digital silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.clock import Clock
from whipbird.audio.sliding_window import SlidingWindow
from whipbird.engine.timings import Timings
from whipbird.events.debounce import Debouncer
from whipbird.events.detection import Detection
from whipbird.events.event_bounds import EventBounds
from whipbird.events.label_state import Event
from whipbird.events.word_bounds import frame_levels_db, is_pause
from whipbird.models.model import Model

__all__ = ["Detector", "ScoreTap", "ScoredHop", "run_batch"]


LEAST_SCORE = 0.1  # below it there is no word that a pause could end


@dataclass(frozen=True, slots=True)
class ScoredHop:
    """The scores of one hop.

    Attributes
    ----------
    since_s, until_s : float
        The time for which they count.
    heard_s : float
        Where the hop ends: this much of the source has been heard.
    scores : array, shape (labels,)
    pause : bool
        Whether there is a pause between two words at that time.
    levels_db : array, shape (frames,), or None
        Where there may be a word, the levels of the last frames, see `whipbird.events.word_bounds`.
    """

    since_s: float
    until_s: float
    heard_s: float
    scores: Floats
    pause: bool
    levels_db: Floats | None


ScoreTap = Callable[[ScoredHop], None]


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
        Gets all scores.
    block : int
        Hops that are worked on at once. One is quickest to hear; more take less work. While nothing happens they may be
        more, see `whipbird.events.window_skipping`.
    hops : int
        Hops of the stretch that came before and are not heard.

    Attributes
    ----------
    network : Network
    memory : object
        What the network keeps of the stretch.
    timings : Timings
    scores : array, shape (labels,)
        The latest.
    is_calm : bool
        Whether windows that cannot matter are left out: nothing is under way, the latest scores are low, and nobody
        asks for all of them.
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
        tap: ScoreTap | None = None,
        block: int = 1,
        hops: int = 0,
    ) -> None:
        card = model.card
        self._model = model
        self._source = source
        self._source_rate_hz = source_rate_hz
        self._clock = clock
        self.timings = timings
        self.network = model.network
        self._start_s = start / source_rate_hz
        self._hop, self._hop_s, self._rate_hz = card.hop, card.hop_s, card.sample_rate_hz
        self._hops = hops
        self._frontend = model.frontend()
        self._frontend.push(np.zeros(self._frontend.frame - self._frontend.step, np.float32))
        self.memory = model.network.memory()
        self._block = block
        self._sparing = None if tap else model.sparing
        self.is_calm = self._sparing is not None
        self._judged: Floats = np.empty(0, np.float32)
        self._last_s = math.inf  # where the stretch ends, once it has
        self._held: Floats = np.empty(0, np.float32)
        self._labels = labels
        self._reported = [number for number, label in enumerate(card.labels) if label in card.debounce]
        self._tap = tap
        self._debouncer = Debouncer(card.labels, card.debounce, self._until_s(hops), card.against)
        self._tail_s = card.reference_s + max((s.smooth_s for s in card.debounce.values()), default=0.0)
        self._sound = SlidingWindow(self._frontend.span(card.window), 0.0)
        self._placement = EventBounds(
            self._start_s,
            report=card.report,
            lead_s=card.lead_s,
            reference_s=card.reference_s,
            rate_hz=card.sample_rate_hz,
        )
        self._frame = self._placement.frame
        self.scores: Floats = np.zeros(len(card.labels), np.float32)

    def push(self, samples: Floats) -> list[Detection]:
        """Take the next samples, and hear them at once: `take`, `frames`, the network and `judge` in one."""
        self.take(samples)
        found: list[Detection] = []
        while (frames := self.frames()) is not None:
            found += run_batch([(self, frames)])[0]
        return found

    def finish(self, end_s: float) -> list[Detection]:
        """The stretch ends here, in seconds from the source's start: hear its last sounds, end what is under way."""
        self._sparing, self.is_calm = None, False
        found = self._push_all(np.empty(0, np.float32))  # what was too little for a block
        self._last_s = end_s
        silence = np.zeros(round(self._tail_s * self._rate_hz) + self._hop, np.float32)
        return found + self._push_all(silence) + self._detections(self._debouncer.finish())

    def _push_all(self, samples: Floats) -> list[Detection]:
        """Take the next samples, and hear every hop, in blocks that halve: a network is planned for few lengths."""
        block = self._block
        found = self.push(samples)
        while self._block > 1:
            self._block //= 2
            found += self.push(np.empty(0, np.float32))
        self._block = block
        return found

    def take(self, samples: Floats) -> None:
        """Take the next samples at the model's rate, shape (n,)."""
        self._held = np.concatenate((self._held, samples)) if len(self._held) else samples.copy()

    def frames(self) -> Floats | None:
        """Features of the next block of hops, shape (frames, width), if it has come; the network is to hear them."""
        block = self._block_hops * self._hop
        if len(self._held) < block:
            return None
        self.timings.start()
        self._judged, self._held = self._held[:block], self._held[block:]
        frames = self._frontend.push(self._judged)
        self.timings.lap("features")
        return frames

    @property
    def missing_s(self) -> float:
        """How much sound, in seconds, is to come before any more is heard."""
        return max(0, self._block_hops * self._hop - len(self._held)) / self._rate_hz

    @property
    def _block_hops(self) -> int:
        return max(self._block, self._sparing.stride) if self._sparing and self.is_calm else self._block

    def judge(self, scores: Floats) -> list[Detection]:
        """What is heard in the block whose scores these are, shape (hops, labels)."""
        self.timings.start()
        until_s = [self._until_s(self._hops + number) for number in range(1, len(scores) + 1)]
        found: list[Detection] = []
        if self._has_no_pause(scores) and self._debouncer.step_if_quiet(until_s, scores):
            self._sound.push(self._judged[:, None])
            for own_until_s, own in zip(until_s, scores, strict=True):
                self._hops += 1
                self._show(own_until_s, own, False, None)
        else:
            for number, own in enumerate(scores):
                found += self._judge(number, until_s[number], own)
        self.scores = scores[-1]
        self.is_calm = self._sparing is not None and not self.active and self._sparing.is_low(self.scores)
        self.timings.lap("debouncing")
        return found

    def _judge(self, number: int, until_s: float, scores: Floats) -> list[Detection]:
        """What is heard in a hop of the block."""
        self.scores = scores
        self._sound.push(self._judged[number * self._hop : (number + 1) * self._hop, None])
        self._hops += 1
        levels_db = self._levels_db() if self._may_be_word() else None
        pause = levels_db is not None and is_pause(levels_db, self._middle(levels_db))
        self._show(until_s, scores, pause, levels_db)
        events = self._debouncer.step(until_s, scores, pause)
        return self._detections(events) if events else []

    def _show(self, until_s: float, scores: Floats, pause: bool, levels_db: Floats | None) -> None:
        """Hand the scores of the latest hop to the tap."""
        if self._tap is not None:
            heard_s = min(self._now_s, self._last_s)
            self._tap(ScoredHop(until_s - self._hop_s, until_s, heard_s, scores, pause, levels_db))

    def _until_s(self, hops: int) -> float:
        """Until when the score counts of a window that ends after so many hops."""
        return self._start_s + hops * self._hop / self._rate_hz - self._model.card.reference_s

    def _has_no_pause(self, scores: Floats) -> bool:
        """Whether there is no pause in the block, as long as nothing is being heard."""
        return self._model.card.report == "end" or bool((scores[:, self._reported] < LEAST_SCORE).all())

    def _may_be_word(self) -> bool:
        """Whether levels tell of a word; of calls, the scores themselves do."""
        if self._model.card.report == "end":
            return False
        return bool(self.active) or bool(self.scores[self._reported].max(initial=0) >= LEAST_SCORE)

    def _levels_db(self) -> Floats:
        """Levels of the last whole frames."""
        sound = self._sound.view()[:, 0]
        return frame_levels_db(sound[len(sound) % self._frame :], self._frame)

    def _middle(self, levels_db: Floats) -> int:
        """Number of the frame of whose moment the scores speak."""
        behind = round(self._model.card.reference_s * self._rate_hz)
        return (len(levels_db) * self._frame - behind) // self._frame

    @property
    def active(self) -> dict[str, float]:
        """Labels that are being heard right now, and since when in seconds."""
        return self._debouncer.active

    @property
    def _now_s(self) -> float:
        """Where in the source the window ends."""
        return self._start_s + self._hops * self._hop / self._rate_hz

    def _detections(self, events: list[Event]) -> list[Detection]:
        found = [self._detection(event) for event in events if self._placement.reports(event, self._last_s)]
        return [detection for detection in found if self._labels is None or detection.label in self._labels]

    def _detection(self, event: Event) -> Detection:
        begin_s, stop_s = self._placement.locate(event, self._levels_db, self._now_s, self._last_s)
        begin = round(begin_s * self._source_rate_hz)
        return Detection(
            label=event.label,
            begin_s=begin_s,
            peak_s=min(max(event.peak_s, begin_s), stop_s),
            end_s=stop_s,
            reported_s=min(self._now_s, self._last_s),
            score=event.score,
            source=self._source,
            model=self._model.card.name,
            begin_sample=begin,
            time=self._clock.at(begin_s),
            time_from=self._clock.origin,
        )


def run_batch(ready: Sequence[tuple[Detector, Floats]]) -> list[list[Detection]]:
    """Let a network hear the frames of several detectors at once, all of the same length; what each has heard."""
    network = ready[0][0].network
    began = perf_counter()
    frames = ready[0][1][None] if len(ready) == 1 else np.stack([frames for _, frames in ready])
    calm = [detector.is_calm for detector, _ in ready]
    scores = network.hear([detector.memory for detector, _ in ready], frames, calm)
    share_s = (perf_counter() - began) / len(ready)
    found = []
    for (detector, _), own in zip(ready, scores, strict=True):
        detector.timings.stages["model"].add(share_s)
        found.append(detector.judge(own))
    return found
