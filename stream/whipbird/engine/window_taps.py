"""What is known of single windows: scores that reach their threshold, as rows like events, and embeddings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from whipbird.engine.detector import ScoredHop, ScoreTap
from whipbird.engine.report_rules import ReportRules
from whipbird.events.detection import Detection
from whipbird.events.window_vector import WindowVector
from whipbird.models.model import Model
from whipbird.sources.base import Source

__all__ = ["embedding_tap", "score_tap", "together"]


def score_tap(
    model: Model,
    rules: ReportRules,
    source: Source,
    labels: frozenset[str] | None,
    take: Callable[[Detection], None],
) -> ScoreTap:
    """A tap that passes on the scores of each window that reach their label's threshold, highest first.

    Scores of labels that the rules do not report at that time are left out.

    Each becomes an event that lasts as long as the window; its peak is the middle of the window.

    Parameters
    ----------
    labels : collection of str, optional
        Only these.
    """
    watched = model.watched
    numbers = [number for number, label in enumerate(watched.labels) if labels is None or label in labels]
    wanted = np.array(numbers, np.intp)
    on = watched.on[wanted]

    def tap(hop: ScoredHop) -> None:
        begin_s = max(0.0, hop.begin_s)
        if begin_s >= hop.heard_s:
            return
        scores = watched.scores(hop.scores)[wanted]
        high = np.flatnonzero(scores >= on)
        for place in high[np.argsort(-scores[high], kind="stable")].tolist():
            label = watched.labels[numbers[place]]
            found = Detection(
                label=label,
                begin_s=begin_s,
                peak_s=(begin_s + hop.heard_s) / 2,
                end_s=hop.heard_s,
                reported_s=hop.heard_s,
                score=float(scores[place]),
                source=source.name,
                model=model.card.name,
                begin_sample=round(begin_s * source.rate_hz),
                time=source.clock.at(begin_s),
                time_from=source.clock.origin,
                common_name=rules.names.common(label),
            )
            if rules.allows(found):
                take(found)

    return tap


def embedding_tap(model: Model, source: Source, take: Callable[[WindowVector], None]) -> ScoreTap:
    """A tap that passes on the embedding of each window."""
    name, sha256 = model.card.name, model.network_sha256

    def tap(hop: ScoredHop) -> None:
        if hop.embedding is not None:
            take(WindowVector(source.name, max(0.0, hop.begin_s), hop.heard_s, name, sha256, hop.embedding))

    return tap


def together(taps: Sequence[ScoreTap]) -> ScoreTap:
    """One tap that does what several do."""

    def tap(hop: ScoredHop) -> None:
        for own in taps:
            own(hop)

    return tap
