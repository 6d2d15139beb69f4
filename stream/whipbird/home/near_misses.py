"""Near misses: sounds that came near a phrase's threshold and did not reach it, kept as clips to be judged.

They are found in the scores of the live path, by the same rules as wakes with half the threshold. What overlaps a wake
is no near miss. They are no events: clients and outputs get none of them. A folder holds their clips, as long as was
asked for, and a database of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from whipbird.engine.detector import ScoredHop
from whipbird.events.debounce import Debouncer
from whipbird.events.detection import Detection
from whipbird.events.label_state import Event
from whipbird.events.reports import Report
from whipbird.events.watched_labels import WatchedLabels
from whipbird.models.model import Model
from whipbird.sinks.clips.clip_publisher import ClipPublisher
from whipbird.sinks.clips.cutter import Margins
from whipbird.sinks.clips.store import Store
from whipbird.sinks.files.file_publisher import FilePublisher
from whipbird.sinks.files.open import open_outputs
from whipbird.sinks.publisher import OutputPublisher, close_all
from whipbird.sinks.retention import Retention
from whipbird.sources.base import Notify, RunningSource, Source

__all__ = ["DATABASE", "NearMissFinder", "NearMisses"]

NEAR = 0.5  # of a threshold
DATABASE = "near.sqlite"  # in the folder
MOST_BYTES, RESERVE_BYTES = 1 << 30, 500_000_000  # of clips, and that stay free on the disk
MOST_WAKES = 16  # that are remembered
SAME_S = 1e-6  # times closer than this are equal


class NearMissFinder:
    """Finds the near misses of one model on one source: a tap of its scores.

    Parameters
    ----------
    model : Model
    labels : collection of str
        Those that count.
    source : Source
    found : callable
        Gets each near miss, on the thread that calls the tap.
    """

    def __init__(
        self, model: Model, labels: frozenset[str], source: Source, found: Callable[[Detection], None]
    ) -> None:
        card = model.card
        settings = {
            label: own.model_copy(update={"on": NEAR * own.on, "off": NEAR * own.off})
            for label, own in card.debounce.items()
        }
        self._watched = WatchedLabels(card.labels, settings, card.against)
        self._labels = labels
        self._name, self._lead_s, self._source, self._found = card.name, card.lead_s, source, found
        self._debouncer: Debouncer | None = None
        self._until_s = self._heard_s = 0.0
        self._ended: list[tuple[Event, float]] = []  # with how much had been processed; a wake may still be reported
        self._wakes: deque[Detection] = deque(maxlen=MOST_WAKES)

    def __call__(self, hop: ScoredHop) -> None:
        """Take the scores of a hop."""
        self._decide_all()
        if self._debouncer is None or abs(hop.since_s - self._until_s) > SAME_S:
            self.finish()
            self._debouncer = Debouncer(self._watched, hop.since_s)  # another segment
        self._until_s, self._heard_s = hop.until_s, hop.heard_s
        events = self._debouncer.step(hop.until_s, hop.scores, hop.pause)
        self._note_ended(events, hop.heard_s)

    def wake(self, event: Detection) -> None:
        """Note that a wake has been reported."""
        self._wakes.append(event)

    def finish(self) -> None:
        """The stream ends here, with all near misses in progress."""
        if self._debouncer is not None:
            self._note_ended(self._debouncer.finish(), self._heard_s)
        self._decide_all()

    def _note_ended(self, events: Sequence[Event], heard_s: float) -> None:
        self._ended += [(event, heard_s) for event in events if event.ended and event.label in self._labels]

    def _decide_all(self) -> None:
        for event, heard_s in self._ended:
            self._decide(event, heard_s)
        self._ended.clear()

    def _decide(self, event: Event, heard_s: float) -> None:
        """Pass on a near miss that no wake overlaps."""
        begin_s = max(0.0, event.begin_s - self._lead_s)
        for wake in self._wakes:
            if wake.label == event.label and wake.begin_s <= heard_s and wake.reported_s >= begin_s:
                return
        source = self._source
        self._found(
            Detection(
                label=event.label,
                begin_s=begin_s,
                peak_s=max(begin_s, event.peak_s),
                end_s=max(begin_s, event.end_s),
                reported_s=heard_s,
                score=event.score,
                source=source.name,
                model=self._name,
                begin_sample=round(begin_s * source.rate_hz),
                time=source.clock.at(begin_s),
                time_from=source.clock.origin,
            )
        )


class NearMisses:
    """Keeps near misses in a folder.

    Parameters
    ----------
    folder : Path
        Created if missing.
    keep_s : float
        Seconds after which clips are removed.
    station : str
    notify : callable
        Gets a line when something goes wrong.

    Raises
    ------
    OutputError
        If the folder cannot be used.
    """

    def __init__(self, folder: Path, keep_s: float, station: str, notify: Notify) -> None:
        store = Store(folder, station, Retention(keep_s, MOST_BYTES, never_longer=True), reserve_bytes=RESERVE_BYTES)
        (database,) = open_outputs([str(folder / DATABASE)], False, station)
        self._publishers: list[OutputPublisher] = [
            FilePublisher(database, True, notify),
            ClipPublisher(store, Margins(), True, notify),
        ]

    def attach(self, running: RunningSource) -> None:
        """Expect near misses in a source, which has not started."""
        for publisher in self._publishers:
            publisher.attach(running)

    def publish(self, report: Report) -> None:
        """Take a near miss, or another report about a source."""
        for publisher in self._publishers:
            publisher.publish(report)

    def close(self, patience_s: float) -> bool:
        """Write what is queued; False if that does not end in time."""
        return close_all(self._publishers, patience_s)

    def losses(self) -> list[str]:
        """Messages about what could not be kept."""
        return [publisher.loss for publisher in self._publishers if publisher.lost]
