"""A review: which event comes next, the answers to it, and undoing them. It knows no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from whipbird.activity.judged import start_text
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.database.fingerprint import fingerprint, identity
from whipbird.database.verdicts import VerdictStore
from whipbird.events.note import Note, NoteKind
from whipbird.events.verdict import Answer, Verdict
from whipbird.review.sampling import Candidate

__all__ = ["ReviewSession", "content_of", "note_of", "verdict_of"]


class ReviewSession:
    """Offers events one after the other and stores the answers at once.

    Parameters
    ----------
    order : iterable of Candidate
        Events in the order in which they are offered.
    store : VerdictStore
    judge : str
        Who answers.
    drawn : bool
        Whether the order is that of `whipbird.review.sampling.in_order` over all events of a label. The verdicts then
        count in estimates of precision, and events that have been judged are not offered again, but counted.
    now : callable
        Time of an answer.

    Attributes
    ----------
    current : Candidate or None
        The event that is offered; None at the end.
    judged : list of Candidate
        Events with the answers given so far.
    """

    def __init__(
        self,
        order: Iterable[Candidate],
        store: VerdictStore,
        judge: str,
        drawn: bool,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._order = iter(order)
        self._store = store
        self._judge, self._drawn, self._now = judge, drawn, now
        self._undone: list[Candidate] = []
        self._numbers: list[int] = []
        self.judged: list[Candidate] = []
        self.current = self._next()

    def answer(self, answer: Answer, other: str | None = None) -> None:
        """Store an answer to the current event, and offer the next."""
        assert self.current is not None
        verdict = verdict_of(self.current, answer, self._judge, self._now(), other, self._drawn)
        self._numbers += self._store.add([verdict])
        self.judged.append(replace(self.current, event=replace(self.current.event, verdict=verdict)))
        self.current = self._next()

    def skip(self) -> None:
        """Offer the next event; the current one may come again in another session."""
        self.current = self._next()

    def undo(self) -> bool:
        """Withdraw the last answer given here and offer its event again; False if there is none."""
        if not self._numbers:
            return False
        self._store.withdraw([self._numbers.pop()])
        if self.current is not None:
            self._undone.append(self.current)
        last = self.judged.pop()
        self.current = replace(last, event=replace(last.event, verdict=None))
        return True

    def _next(self) -> Candidate | None:
        if self._undone:
            return self._undone.pop()
        for one in self._order:
            if one.event.verdict is None:
                return one
            if self._drawn and not one.is_drawn:
                self._store.add([replace(one.event.verdict, drawn=True)])
        return None


def verdict_of(
    candidate: Candidate, answer: Answer, judge: str, time: datetime, other: str | None = None, drawn: bool = False
) -> Verdict:
    """A verdict on an event."""
    recording, event = candidate.recording, candidate.event
    return Verdict(
        recording=recording.source,
        label=event.label,
        begin_s=event.begin_s,
        end_s=event.end_s,
        answer=answer,
        judge=judge,
        time=time,
        other=other,
        model=event.model,
        score=event.score,
        identity=content_of(recording),
        start=start_text(recording),
        drawn=drawn,
    )


def note_of(candidate: Candidate, kind: NoteKind, text: str, author: str, time: datetime) -> Note:
    """A note on an event."""
    recording, event = candidate.recording, candidate.event
    return Note(
        recording=recording.source,
        label=event.label,
        begin_s=event.begin_s,
        end_s=event.end_s,
        kind=kind,
        text=text,
        author=author,
        time=time,
        identity=content_of(recording),
        start=start_text(recording),
    )


def content_of(recording: RecordedEvents) -> str | None:
    """What is equal for the same recording at another path; None if it is not known."""
    if recording.identity is None and recording.path is not None:
        return identity(fingerprint(recording.path), recording.path)
    return recording.identity
