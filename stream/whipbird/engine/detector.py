"""A detector: one model on one segment of sound. Samples go in, events come out.

It knows nothing of threads, files or devices. Sound arrives at the model's rate in pieces of any length and is
processed in blocks of whole hops, always in the same shapes, so that the same sound gives the same events, bit for bit,
however it was cut. Before the first sample and after the last there is digital silence. If windows are whole, the
first begins with the first sample instead, and only the last reaches into the silence, if the sound does not fill it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.clock import Clock
from whipbird.engine.pauses import WordPauses
from whipbird.engine.timings import Timings
from whipbird.events.debounce import Debouncer
from whipbird.events.detection import Detection
from whipbird.events.event_bounds import EventBounds
from whipbird.events.label_state import Event
from whipbird.models.frontends.base import FrontEnd, push_each
from whipbird.models.model import Model

__all__ = ["Detector", "ScoreTap", "ScoredHop", "score_batch"]


@dataclass(frozen=True, slots=True)
class ScoredHop:
    """The scores of one hop.

    Attributes
    ----------
    since_s, until_s : float
        The time for which they count.
    begin_s, heard_s : float
        Where the window starts, and where it ends: this much of the source has been processed.
    scores : array, shape (labels,)
    pause : bool
        Whether there is a pause between two words at that time.
    levels_db : array, shape (frames,), or None
        Where there may be a word, the levels of the last frames, see `whipbird.events.word_bounds`.
    embedding : array, shape (size,), or None
        Of the window, if the model gives embeddings.
    """

    since_s: float
    until_s: float
    begin_s: float
    heard_s: float
    scores: Floats
    pause: bool
    levels_db: Floats | None
    embedding: Floats | None = None


ScoreTap = Callable[[ScoredHop], None]


class Detector:
    """Runs one model on one segment of sound.

    `process` does everything. Alternatively, one call of the network can serve several detectors: `push_samples`, then
    `next_block`, `score_batch` and `apply_scores` until no block is left.

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
        Number of the source's sample with which the segment starts.
    labels : collection of str, optional
        Report only these.
    tap : callable, optional
        Gets all scores.
    block : int
        Hops that are processed at once. One gives the least delay; more take less work. While nothing happens there may
        be more, see `whipbird.events.window_skipping`.
    hops : int
        Hops of the segment that came before and are not processed.
    frontend : FrontEnd, optional
        New; by default, one of the model's that no other detector shares.

    Attributes
    ----------
    network : Network
    frontend : FrontEnd
    state : object
        What the network keeps of the segment.
    timings : Timings
    scores : array, shape (labels,)
        The latest.
    may_skip : bool
        Whether windows that cannot matter may be skipped: no event is in progress, the latest scores are low, and there
        is no tap.
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
        frontend: FrontEnd | None = None,
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
        self._hops = self._first_hop = hops
        self.frontend = frontend or model.frontend()
        self._span = self.frontend.span(card.window)
        self._is_whole = card.is_whole
        # Samples of the first window before its last hop: all other hops complete a window.
        self._lead = self._missing = self._span - self._hop if self._is_whole else 0
        if not self._is_whole:
            self.frontend.push(np.zeros(self.frontend.frame - self.frontend.step, np.float32))
        self.state = model.network.new_state()
        self._block = block
        self._skip_rule = None if tap else model.skip_rule
        self.may_skip = self._skip_rule is not None
        self._block_samples: Floats = np.empty(0, np.float32)  # of the block that is scored now
        self._end_s = math.inf  # where the segment ends, once it has
        self._waiting: list[Floats] = []  # pieces of sound that do not complete a block yet
        self._buffered = 0  # samples in them
        self._labels = labels
        self._tap = tap
        self._debouncer = Debouncer(model.watched, self._until_s(hops))
        self._tail_s = card.reference_s + model.watched.memory_s
        self._bounds = EventBounds(
            self._start_s,
            report=card.report,
            lead_s=card.lead_s,
            trim_s=card.trim_s,
            hop_s=card.hop_s,
            reference_s=card.reference_s,
            rate_hz=card.sample_rate_hz,
        )
        self._pauses = WordPauses(card, self._span, self._bounds.frame)
        self.scores: Floats = np.zeros(len(card.labels), np.float32)

    def process(self, samples: Floats) -> list[Detection]:
        """Process the next samples at the model's rate, shape (n,), as far as they complete blocks; return events."""
        self.push_samples(samples)
        found: list[Detection] = []
        while (block := self.next_block()) is not None:
            found += self.apply_scores(score_batch([(self, block)])[0])
        return found

    def finish(self, end_s: float) -> list[Detection]:
        """Process the last samples and end events in progress: the segment ends here, in seconds of the source."""
        self._skip_rule, self.may_skip = None, False
        found = self._process_all(np.empty(0, np.float32))  # what was too little for a block
        self._end_s = end_s
        if self._is_whole:
            if self._needs_last_window():
                missing = self._missing + self._hop - self._buffered
                found += self._process_all(np.zeros(missing, np.float32))
            return found + self._detections(self._debouncer.finish(min(self._now_s, end_s)))
        silence = np.zeros(round(self._tail_s * self._rate_hz) + self._hop, np.float32)
        return found + self._process_all(silence) + self._detections(self._debouncer.finish())

    def _needs_last_window(self) -> bool:
        """Whether some sound at the end is in no window, and enough of it is in the next one."""
        next_s = self._now_s + (self._hop - self._span) / self._rate_hz
        covered_s = next_s if self._hops == self._first_hop else self._now_s
        shortest_s = self._model.card.shortest_window_s
        sample_s = 1 / self._rate_hz
        return self._end_s - covered_s > sample_s / 2 and self._end_s - next_s > shortest_s - sample_s / 2

    def _process_all(self, samples: Floats) -> list[Detection]:
        """Process every hop, in blocks that halve: a network is planned for few lengths."""
        block = self._block
        found = self.process(samples)
        while self._block > 1:
            self._block //= 2
            found += self.process(np.empty(0, np.float32))
        self._block = block
        return found

    def push_samples(self, samples: Floats) -> None:
        """Append samples at the model's rate, shape (n,)."""
        if len(samples):
            self._waiting.append(samples.copy())
            self._buffered += len(samples)

    def next_block(self) -> Floats | None:
        """Samples of the next block of hops, shape (n,); None until there are enough."""
        block = self._block_hops * self._hop + self._missing
        if self._buffered < block:
            return None
        self._missing = 0
        waiting = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
        self._block_samples, rest = waiting[:block], waiting[block:]
        self._waiting, self._buffered = [rest] if len(rest) else [], len(rest)
        return self._block_samples

    @property
    def is_new(self) -> bool:
        """Whether no block has been scored."""
        return self._hops == self._first_hop

    @property
    def missing_s(self) -> float:
        """Sound, in seconds, that must come before the next block is complete."""
        return max(0, self._block_hops * self._hop + self._missing - self._buffered) / self._rate_hz

    @property
    def _block_hops(self) -> int:
        return max(self._block, self._skip_rule.stride) if self._skip_rule and self.may_skip else self._block

    def apply_scores(self, scores: Floats) -> list[Detection]:
        """Debounce the network's scores of the block, shape (hops, labels); return the events to report."""
        self.timings.start()
        until_s = [self._until_s(self._hops + number) for number in range(1, len(scores) + 1)]
        found: list[Detection] = []
        embeddings = None if self._tap is None else self.network.embeddings(self.state)
        has_no_pause = not self._pauses.apply or self._pauses.has_no_word(scores)  # unless an event is in progress
        if has_no_pause and self._debouncer.step_if_quiet(until_s, scores):
            self._pauses.push(self._block_samples)
            if self._tap is None:
                self._hops += len(scores)
            else:
                for number, own in enumerate(scores):
                    self._hops += 1
                    embedding = None if embeddings is None else embeddings[number]
                    self._call_tap(until_s[number], own, False, None, embedding)
        else:
            for number, own in enumerate(scores):
                embedding = None if embeddings is None else embeddings[number]
                found += self._apply_hop(number, until_s[number], own, embedding)
        self.scores = scores[-1]
        self.may_skip = self._skip_rule is not None and not self.active and self._skip_rule.is_low(self.scores)
        self.timings.lap("debouncing")
        return found

    def _apply_hop(self, number: int, until_s: float, scores: Floats, embedding: Floats | None) -> list[Detection]:
        """Debounce the scores of one hop of the block, shape (labels,)."""
        self._pauses.push(self._block_samples[number * self._hop : (number + 1) * self._hop])
        self._hops += 1
        may_be_word = self._pauses.apply and (bool(self.active) or self._pauses.may_be_word(scores))
        levels_db = self._pauses.levels_db() if may_be_word else None
        pause = levels_db is not None and self._pauses.is_pause(levels_db)
        self._call_tap(until_s, scores, pause, levels_db, embedding)
        events = self._debouncer.step(until_s, scores, pause)
        return self._detections(events) if events else []

    def _call_tap(
        self, until_s: float, scores: Floats, pause: bool, levels_db: Floats | None, embedding: Floats | None
    ) -> None:
        """Give the scores of the latest hop to the tap."""
        if self._tap is not None:
            since_s = self._until_s(self._hops - 1) if self._is_whole else until_s - self._hop_s
            begin_s, heard_s = self._now_s - self._span / self._rate_hz, min(self._now_s, self._end_s)
            self._tap(ScoredHop(since_s, until_s, begin_s, heard_s, scores, pause, levels_db, embedding))

    def _until_s(self, hops: int) -> float:
        """Until when the score of the window counts that ends after this number of hops.

        If windows are whole, the scores of the first and the last also count up to where the segment starts and ends.
        """
        ended_s = self._start_s + (hops * self._hop + self._lead) / self._rate_hz
        if self._is_whole and hops == 0:
            return self._start_s
        if self._is_whole and ended_s > self._end_s + 0.5 / self._rate_hz:
            return self._end_s
        return ended_s - self._model.card.reference_s

    @property
    def active(self) -> dict[str, float]:
        """Labels whose events are in progress, and since when in seconds."""
        return self._debouncer.active

    @property
    def _now_s(self) -> float:
        """Where in the source the window ends."""
        return self._start_s + (self._hops * self._hop + self._lead) / self._rate_hz

    def _detections(self, events: list[Event]) -> list[Detection]:
        found = [self._detection(event) for event in events if self._bounds.reports(event, self._end_s)]
        return [detection for detection in found if self._labels is None or detection.label in self._labels]

    def _detection(self, event: Event) -> Detection:
        start_s, end_s = self._bounds.locate(event, self._pauses.levels_db, self._now_s, self._end_s)
        peak_s = event.peak_s + self._hop_s / 2 if self._is_whole else event.peak_s  # the middle of its window
        return Detection(
            label=event.label,
            begin_s=start_s,
            peak_s=min(max(peak_s, start_s), end_s),
            end_s=end_s,
            reported_s=min(self._now_s, self._end_s),
            score=event.score,
            source=self._source,
            model=self._model.card.name,
            begin_sample=round(start_s * self._source_rate_hz),
            time=self._clock.at(start_s),
            time_from=self._clock.origin,
        )


def score_batch(ready: Sequence[tuple[Detector, Floats]]) -> list[Floats]:
    """Compute features and run a network once, for blocks of several detectors, which have equally many hops.

    Parameters
    ----------
    ready : sequence of (Detector, array of shape (n,))
        Detectors of the same network, each with its `Detector.next_block`.

    Returns
    -------
    list of array, shape (hops, labels)
        For each detector.
    """
    network = ready[0][0].network
    started = perf_counter()
    features = push_each([(detector.frontend, block) for detector, block in ready])
    frames = features[0][None] if len(ready) == 1 else np.stack(features)
    computed = perf_counter()
    may_skip = [detector.may_skip for detector, _ in ready]
    scores = network.score([detector.state for detector, _ in ready], frames, may_skip)
    ended = perf_counter()
    for detector, _ in ready:
        detector.timings.stages["features"].add((computed - started) / len(ready))
        detector.timings.stages["model"].add((ended - computed) / len(ready))
    return list(scores)
