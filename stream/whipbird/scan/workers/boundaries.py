"""Where a recording can be cut so that its pieces give the events of the whole recording, each once, bit for bit.

A piece starts on a grid, whose step is `cut_grid_s`: blocks of a detector (`whipbird.engine.grid.block_hops`) and
the resampler's streams (`whipbird.audio.resample.PERIOD_S`) both start at these times. What the front end and the
network compute for a moment depends only on a window of sound. So one window after the start of a piece, their scores
are the same as if the whole recording had been processed.

Only the debouncer remembers more: an event lasts as long as its score is high. But it has forgotten everything when
the scores have been below ``off`` for long enough: their mean is then also below ``off``, an event in progress has
ended after ``release_s``, and it no longer affects later events after ``refractory_s``. So each boundary is moved to
the first moment after the planned one at which this is the case. Both pieces find the same moment, since they have the
same scores. The earlier piece is processed up to there, including events in progress. An event belongs to the earlier
piece if it was reported before that moment, otherwise to the later one. A sound that does not end moves the boundary as
far as necessary, even beyond whole pieces, which then have no events. There is no limit to the length of an event.

The labels of models that report events at their end are independent, and each label has its own boundaries. If events
are separated by pauses (see `whipbird.events.word_bounds`), the labels depend on each other and on the sound in the
window; all labels then share one boundary, and the silence must be one window longer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from whipbird.audio.resample import PERIOD_S
from whipbird.engine.detector import ScoredHop
from whipbird.engine.grid import block_hops
from whipbird.events.detection import Detection
from whipbird.events.relative_scores import watched_scores
from whipbird.models.model import Model

__all__ = ["PieceBoundaries", "cut_grid_s", "warm_up_s"]

MARGIN_S = 0.5  # extra silence, so that reports on either side of a boundary are well apart
BELOW_OFF = 1e-5  # scores must be below ``off`` by at least this much


def cut_grid_s(models: Iterable[Model]) -> int | None:
    """Step of the grid on which pieces can start, in seconds; None if a model never forgets what came before."""
    grid = Fraction(PERIOD_S)
    for model in models:
        if model.card.remembers:
            return None
        block = Fraction(block_hops(model.card.hop_s) * model.card.hop, model.card.sample_rate_hz)
        grid = Fraction(
            math.lcm(grid.numerator * block.denominator, block.numerator * grid.denominator),
            grid.denominator * block.denominator,
        )
    return int(grid)  # a multiple of a whole number of seconds


def warm_up_s(models: Iterable[Model]) -> float:
    """Seconds from the start of a piece to its planned boundary: until then, its scores and events may differ."""
    return max(_span_s(model) + max(_silence_s(model).values()) + 2 * model.card.hop_s for model in models)


class PieceBoundaries:
    """Finds both boundaries of a piece for one model, from the scores of its detector (a `ScoreTap`).

    Parameters
    ----------
    model : Model
    begin_s, end_s : float or None
        Planned boundaries; None at the start and the end of the recording.
    """

    def __init__(self, model: Model, begin_s: float | None, end_s: float | None) -> None:
        card = model.card
        labels = [card.labels[number] for number in card.reported]
        silence_s = _silence_s(model)
        self._watched = np.array(card.reported, np.intp)
        self._against = card.against
        self._levels = np.array([card.debounce[label].off for label in labels]) - BELOW_OFF
        self._shared = card.report == "begin"
        self._group_of = {label: 0 if self._shared else number for number, label in enumerate(labels)}
        # Of each group of labels that share their boundaries:
        each_s = np.array([silence_s[label] for label in labels])
        self._silence_s = each_s.max(keepdims=True) if self._shared and labels else each_s
        groups = len(self._silence_s)
        self._begin_s, self._end_s = begin_s, end_s
        # Reports after the first time and up to the second belong to the piece.
        self._from_s = np.full(groups, -math.inf if begin_s is None else math.inf)
        self._until_s = np.full(groups, math.inf)
        self._quiet_since_s = np.full(groups, math.inf)  # infinite while there is a sound
        self._open = np.ones(groups, np.bool_)

    def __call__(self, hop: ScoredHop) -> None:
        if self.closed:
            return
        loud = watched_scores(hop.scores, self._watched, self._against) >= self._levels
        if self._shared:
            loud = np.array([loud.any()])
        self._quiet_since_s = np.where(loud, math.inf, np.minimum(self._quiet_since_s, hop.since_s))
        silent = self._open & (hop.until_s - self._quiet_since_s >= self._silence_s)
        if self._begin_s is not None and hop.until_s >= self._begin_s:
            self._from_s[silent & (self._from_s == math.inf)] = hop.heard_s
        if self._end_s is not None and hop.until_s >= self._end_s:
            self._until_s[silent] = hop.heard_s
            # If it has not begun, the sound lasts beyond the piece, and belongs to an earlier one.
            self._open &= ~silent & (self._from_s < math.inf)

    @property
    def closed(self) -> bool:
        """Whether no later event can belong to the piece."""
        return not self._open.any()

    def owns(self, detection: Detection) -> bool:
        """Whether an event belongs to the piece."""
        group = self._group_of[detection.label]
        return bool(self._from_s[group] < detection.reported_s <= self._until_s[group])


def _span_s(model: Model) -> float:
    """Seconds of sound on which a score depends."""
    return model.frontend().span(model.card.window) / model.card.sample_rate_hz


def _silence_s(model: Model) -> dict[str, float]:
    """Seconds for which the scores of each label must be low, so that earlier sound no longer matters."""
    is_independent = model.card.report == "end"
    window_s = 0.0 if is_independent else _span_s(model)
    return {
        label: settings.smooth_s * (1 if is_independent else 2)
        + max(settings.release_s, settings.refractory_s)
        + window_s
        + MARGIN_S
        for label, settings in model.card.debounce.items()
    }
