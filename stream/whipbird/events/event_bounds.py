"""Where events lie in a source: of calls as the scores tell, of words as their loudness tells."""

from __future__ import annotations

from collections.abc import Callable

from whipbird.arrays import Floats
from whipbird.events.debounce import Event
from whipbird.events.word_bounds import FRAME_S, word_bounds
from whipbird.models.card import Card

__all__ = ["EventBounds"]


class EventBounds:
    """Places the events of one stretch, in their order: no sound is told twice.

    Parameters
    ----------
    card : Card
    start_s : float
        Where the stretch begins.

    Attributes
    ----------
    frame : int
        Samples that have one level, see `whipbird.events.word_bounds`.
    """

    def __init__(self, card: Card, start_s: float) -> None:
        self._card = card
        self._start_s = self._told_s = start_s
        self._at_end = card.report == "end"
        self.frame = round(FRAME_S * card.sample_rate_hz)

    def reports(self, event: Event, stop_s: float) -> bool:
        """Whether the card wants it told, which is when it has ended or as soon as it is certain; not after the end."""
        return event.ended == self._at_end and event.begin_s < stop_s

    def place(
        self, event: Event, levels_db: Callable[[], Floats | None], now_s: float, stop_s: float
    ) -> tuple[float, float]:
        """Begin and end of an event that is reported, in seconds.

        Parameters
        ----------
        levels_db : callable
            Gives the levels of the last frames, for words; None if they are not known.
        now_s : float
            Where the window ends.
        stop_s : float
            Where the stretch ends, infinite as long as it has not.
        """
        begin_s, end_s = event.begin_s - self._card.lead_s, event.end_s
        if not event.ended:
            frame_s = self.frame / self._card.sample_rate_hz
            said = event.begin_s, event.end_s
            begin_s, end_s = word_bounds(said, levels_db(), frame_s, now_s, self._card.reference_s, self._told_s)
            self._told_s = end_s
        last_s = min(now_s, stop_s)
        begin_s = min(max(begin_s, self._start_s), last_s)
        return begin_s, min(max(end_s, begin_s), last_s)
