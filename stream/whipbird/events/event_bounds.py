"""Start and end of events in a source: of calls from the scores, of words from their loudness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from whipbird.arrays import Floats
from whipbird.events.label_state import Event
from whipbird.events.word_bounds import FRAME_S, word_bounds

__all__ = ["EventBounds"]


class EventBounds:
    """Finds start and end of the events of one segment, in their order, so that no sound is in two words.

    Parameters
    ----------
    start_s : float
        Where the segment starts.
    report, lead_s, trim_s, hop_s, reference_s
        As in the model card, see `whipbird.models.card`.
    rate_hz : int
        Of the model.

    Attributes
    ----------
    frame : int
        Samples that have one level, see `whipbird.events.word_bounds`.
    """

    def __init__(
        self,
        start_s: float,
        *,
        report: Literal["begin", "end"],
        lead_s: float,
        trim_s: float,
        hop_s: float,
        reference_s: float,
        rate_hz: int,
    ) -> None:
        self._start_s = self._reported_until_s = start_s
        self._at_end = report == "end"
        self._lead_s = lead_s
        self._trim_s = trim_s
        self._hop_s = hop_s
        self._reference_s = reference_s
        self._rate_hz = rate_hz
        self.frame = round(FRAME_S * rate_hz)

    def reports(self, event: Event, stop_s: float) -> bool:
        """Whether an event is to be reported: when it has ended or as soon as it is certain, and before `stop_s`."""
        return event.ended == self._at_end and event.begin_s < stop_s

    def locate(
        self, event: Event, levels_db: Callable[[], Floats | None], now_s: float, stop_s: float
    ) -> tuple[float, float]:
        """Start and end of an event that is reported, in seconds.

        Parameters
        ----------
        levels_db : callable
            Gives the levels of the last frames, for words; None if they are not known.
        now_s : float
            Where the window ends.
        stop_s : float
            Where the segment ends; infinite until it has ended.
        """
        start_s, end_s = event.begin_s - self._lead_s, event.end_s
        if not event.ended:
            frame_s = self.frame / self._rate_hz
            by_scores = start_s, end_s
            start_s, end_s = word_bounds(
                by_scores, levels_db(), frame_s, now_s, self._reference_s, self._reported_until_s, stop_s
            )
            self._reported_until_s = end_s
        elif self._trim_s:
            trim_s = max(0.0, min(self._trim_s, (end_s - start_s - self._hop_s) / 2))
            start_s, end_s = start_s + trim_s, end_s - trim_s
        last_s = min(now_s, stop_s)
        start_s = min(max(start_s, self._start_s), last_s)
        return start_s, min(max(end_s, start_s), last_s)
