"""Pauses between words, found by the loudness of the latest sound."""

from __future__ import annotations

from whipbird.arrays import Floats
from whipbird.audio.sliding_window import SlidingWindow
from whipbird.events.word_bounds import frame_levels_db, is_pause
from whipbird.models.card import Card

__all__ = ["WordPauses"]

LEAST_SCORE = 0.1  # below it there is no word that a pause could end


class WordPauses:
    """Finds the pauses between words in one segment of sound.

    Parameters
    ----------
    card : Card
    span : int
        Samples of the model's window.
    frame : int
        Samples of a frame that has one level, see `whipbird.events.word_bounds`.

    Attributes
    ----------
    apply : bool
        Whether the model has words, which pauses divide. The events of other models are divided by their scores alone.
    """

    def __init__(self, card: Card, span: int, frame: int) -> None:
        self.apply = card.report != "end" and card.pauses
        self._reported = card.reported if self.apply else []
        self._sound = SlidingWindow(span, 0.0)
        self._frame = frame
        self._after = round(card.reference_s * card.sample_rate_hz)  # samples after the moment that a score is about

    def push(self, samples: Floats) -> None:
        """Append the next samples at the model's rate, shape (n,)."""
        if self.apply:
            self._sound.push(samples[:, None])

    def may_be_word(self, scores: Floats) -> bool:
        """Whether the scores of a hop, shape (labels,), may be those of a word."""
        return bool(scores[self._reported].max(initial=0) >= LEAST_SCORE)

    def has_no_word(self, scores: Floats) -> bool:
        """Whether no scores of a block of hops, shape (hops, labels), can be those of a word."""
        return bool((scores[:, self._reported] < LEAST_SCORE).all())

    def levels_db(self) -> Floats | None:
        """Levels of the last whole frames, shape (frames,); None where pauses do not bound events."""
        if not self.apply:
            return None
        sound = self._sound.view()[:, 0]
        return frame_levels_db(sound[len(sound) % self._frame :], self._frame)

    def is_pause(self, levels_db: Floats) -> bool:
        """Whether there is a pause at the moment that the latest scores are about."""
        return is_pause(levels_db, (len(levels_db) * self._frame - self._after) // self._frame)
