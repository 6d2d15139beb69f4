"""Verdicts on the page: the queue of a label, and giving and withdrawing verdicts.

The queue of a label is drawn over all scores, as in `whipbird.review.sampling`, so that its verdicts count in estimates
of precision. An event that somebody chose and judged before keeps its verdict, which then counts as drawn.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice, takewhile

from whipbird.events.verdict import Answer, Verdict
from whipbird.page.observations import Look, Observations
from whipbird.page.queries import VerdictBody
from whipbird.review.precision import Estimate, judged_labels
from whipbird.review.sampling import Stratum, in_order, level_of, number_of
from whipbird.review.session import verdict_of

__all__ = ["JUDGE", "ReviewQueues", "estimates", "give_verdict", "withdraw"]

QUEUE = 200  # events
WANTED = 0.9  # precision
JUDGE = "page"  # who judged


@dataclass(frozen=True)
class _Drawable:
    """What drawing events and estimates of precision need to know of one."""

    event: int
    stratum: Stratum
    score: float
    key: tuple[str | None, str, str | None, float]  # of its random number
    verdict: Verdict | None

    @property
    def number(self) -> bytes:
        identity, source, start, begin_s = self.key
        return number_of(identity, source, start, self.stratum.label, begin_s)

    @property
    def right(self) -> bool | None:
        return None if self.verdict is None else self.verdict.right

    @property
    def is_drawn(self) -> bool:
        return self.verdict is not None and self.verdict.drawn

    @property
    def counts(self) -> bool:
        return self.is_drawn and self.right is not None


class ReviewQueues:
    """The next events to judge of each label, which are drawn again when all that were drawn have been judged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drawn: dict[str, list[int]] = {}

    def next(self, look: Look, label: str) -> list[int]:
        """Numbers of the events of a label that should be judged next, in order."""
        with self._lock:
            found = [number for number in self._drawn.get(label, ()) if number not in look.judged]
            if not found:
                waiting = (one.event for one in in_order(_drawables(look, label)) if one.verdict is None)
                self._drawn[label] = found = list(islice(waiting, QUEUE))
            return found


def estimates(look: Look, label: str) -> tuple[Estimate, Estimate | None] | None:
    """How often a label is right, and from which score on in nine of ten cases; None before anything is known.

    Of several models with the label, that of which most was judged.
    """
    if not any(one.label == label and one.verdict.drawn for one in look.judged.values()):
        return None
    known = judged_labels(_drawables(look, label)).values()
    most = max(known, key=lambda one: one.judged)
    return (most.lowest(), most.for_precision(WANTED)) if most.judged else None


def _passed(look: Look, label: str, number: int) -> list[Verdict]:
    """Verdicts on events of a label that a person chose, and that are drawn before an event."""
    chosen = {one for one, own in look.judged.items() if own.label == label and not own.verdict.drawn}
    if not chosen:
        return []
    before = takewhile(lambda one: one.event != number, in_order(_drawables(look, label)))
    return [replace(look.judged[one.event].verdict, drawn=True) for one in before if one.event in chosen]


def _drawables(look: Look, label: str) -> Iterator[_Drawable]:
    rows = look.connection.execute(
        "SELECT events.id, recording_id, models.name, score, begin_s FROM events "
        "JOIN models ON models.id = model_id WHERE label = ?",
        (label,),
    )
    for number, recording, model, score, begin_s in rows:
        if not look.runs.counts(recording, model, label):
            continue
        run, judged = look.runs.by_number[recording], look.judged.get(number)
        yield _Drawable(
            number,
            Stratum(model, label, level_of(score)),
            score,
            (run.identity, look.runs.source_name(recording), run.live_start, begin_s),
            None if judged is None else judged.verdict,
        )


def give_verdict(data: Observations, number: int, body: VerdictBody) -> int:
    """Store a verdict on an event, and return its number.

    Raises
    ------
    WhipbirdError
        If there is no such event, or the verdict cannot be stored.
    """
    with data.look() as look:
        candidate = look.candidate(number)
        answer = Answer(body.answer)
        verdict = verdict_of(candidate, answer, JUDGE, datetime.now(UTC), body.other, body.drawn)
        passed = _passed(look, candidate.event.label, number) if body.drawn else []
    return data.store().add([*passed, verdict])[-1]


def withdraw(data: Observations, verdict: int) -> None:
    """Remove a verdict that was given by mistake."""
    data.store().withdraw([verdict])
