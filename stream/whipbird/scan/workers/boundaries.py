"""PieceBoundaries: where a recording can be cut so that its pieces give the events of the whole, each once, bit for
bit.

A piece is heard from a moment on that all that is worked on in steps has in common, and that comes back every
`cut_grid_s`: blocks of a detector (`whipbird.engine.grid.BLOCK_HOPS`) and the resampler's streams
(`whipbird.audio.resample.PERIOD_S`) begin there. What the front end and the network give for a moment depends on a
window of sound alone, so that from one window later on they give the same scores as if all had been heard.

What remains is the debouncer, which can remember for any time: an event goes on as long as its score is high. But
whatever has been, it knows nothing more when the scores have been under ``off`` for long enough: then so has their
mean; what was under way has ended after ``release_s``, and has no more power over what follows after
``refractory_s``. So each seam is moved to the first moment from where it was planned at which this is so, which both
pieces find from the same scores. The earlier piece is heard up to there, with what is under way, and an event belongs
to it if it was reported before that moment, else to the later one. A sound that goes on and on moves the seam as far as
need be, also over whole pieces, of which nothing is then left. No longest event is assumed.

Labels of models that report events when they have ended are independent, and each has its own seam. Where events are
told apart by pauses (see `whipbird.events.word_bounds`), the labels depend on each other, and on the sound in the
window; there the seam is one for all, and the silence longer by a window.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from whipbird.arrays import Doubles
from whipbird.audio.resample import PERIOD_S
from whipbird.engine.detector import ScoredHop
from whipbird.engine.grid import BLOCK_HOPS
from whipbird.events.detection import Detection
from whipbird.events.relative_scores import watched_scores
from whipbird.models.model import Model

__all__ = ["PieceBoundaries", "cut_grid_s", "warm_up_s"]

MARGIN_S = 0.5  # more of silence than is needed, so that reports on either side are well apart
BELOW_OFF = 1e-5  # scores are under it by at least so much


def cut_grid_s(models: Iterable[Model]) -> int:
    """Pieces can begin at multiples of so many seconds."""
    grid = Fraction(PERIOD_S)
    for model in models:
        block = Fraction(BLOCK_HOPS * model.card.hop, model.card.sample_rate_hz)
        grid = Fraction(
            math.lcm(grid.numerator * block.denominator, block.numerator * grid.denominator),
            grid.denominator * block.denominator,
        )
    return int(grid)  # a multiple of a whole number of seconds


def warm_up_s(models: Iterable[Model]) -> float:
    """So long before the planned seam a piece must begin."""
    return max(_span_s(model) + max(_silence_s(model).values()) + 2 * model.card.hop_s for model in models)


class PieceBoundaries:
    """Finds both seams of a piece for one model; the tap of its detector.

    Parameters
    ----------
    model : Model
    begin_s, end_s : float or None
        Where they are planned; None at the ends of the recording.
    """

    def __init__(self, model: Model, begin_s: float | None, end_s: float | None) -> None:
        card = model.card
        silence_s = _silence_s(model)
        groups = [[label] for label in card.debounce]
        if card.report == "begin":
            groups = [list(card.debounce)] if groups else []
        self._watched = [number for number, label in enumerate(card.labels) if label in card.debounce]
        self._against = card.against
        numbers = {card.labels[watched]: number for number, watched in enumerate(self._watched)}
        self._groups = [
            _Group(
                [(numbers[label], card.debounce[label].off - BELOW_OFF) for label in labels],
                max(silence_s[label] for label in labels),
                begin_s,
                end_s,
            )
            for labels in groups
        ]
        self._group_of = {label: group for labels, group in zip(groups, self._groups, strict=True) for label in labels}

    def __call__(self, hop: ScoredHop) -> None:
        if not self.closed:
            counting = watched_scores(hop.scores, self._watched, self._against)
            for group in self._groups:
                if not group.closed:
                    group.take(hop, counting)

    @property
    def closed(self) -> bool:
        """Whether nothing more can belong to the piece."""
        return all(group.closed for group in self._groups)

    def owns(self, detection: Detection) -> bool:
        """Whether it belongs to the piece."""
        return self._group_of[detection.label].owns(detection.reported_s)


class _Group:
    """Labels with the same seams."""

    def __init__(
        self, levels: list[tuple[int, float]], silence_s: float, begin_s: float | None, end_s: float | None
    ) -> None:
        self._levels = levels
        self._silence_s = silence_s
        self._begin_s, self._end_s = begin_s, end_s
        self._from_s = -math.inf if begin_s is None else math.inf  # reports from then on belong to it
        self._until_s = math.inf
        self._quiet_since_s: float | None = None
        self.closed = False

    def take(self, hop: ScoredHop, scores: Doubles) -> None:
        if any(scores[number] >= level for number, level in self._levels):
            self._quiet_since_s = None
        elif self._quiet_since_s is None:
            self._quiet_since_s = hop.since_s
        if self._quiet_since_s is not None and hop.until_s - self._quiet_since_s >= self._silence_s:
            if self._from_s == math.inf and self._begin_s is not None and hop.until_s >= self._begin_s:
                self._from_s = hop.heard_s
            if self._end_s is not None and hop.until_s >= self._end_s:
                self._until_s, self.closed = hop.heard_s, True
        if self._end_s is not None and hop.until_s >= self._end_s and self._from_s == math.inf:
            self.closed = True  # the sound goes on over all of the piece, and belongs to an earlier one

    def owns(self, reported_s: float) -> bool:
        return self._from_s < reported_s <= self._until_s


def _span_s(model: Model) -> float:
    """Seconds of sound on which a score depends."""
    return model.frontend().span(model.card.window) / model.card.sample_rate_hz


def _silence_s(model: Model) -> dict[str, float]:
    """How long the scores of each label must be low until nothing of what was before matters."""
    alone = model.card.report == "end"
    return {
        label: settings.smooth_s * (1 if alone else 2)
        + max(settings.release_s, settings.refractory_s)
        + (0.0 if alone else _span_s(model))
        + MARGIN_S
        for label, settings in model.card.debounce.items()
    }
