"""A review offers events, stores answers at once, and takes them back."""

from dataclasses import replace

import pytest

from made_verdicts import NOON, candidates, verdict
from whipbird.database.verdicts import VerdictStore, read_verdicts
from whipbird.events.verdict import Answer
from whipbird.review.session import ReviewSession


@pytest.fixture
def path(tmp_path):
    return tmp_path / "verdicts.sqlite"


def started(path, own, drawn=True):
    return ReviewSession(own, VerdictStore(path), "ada", drawn, lambda: NOON)


def test_answers_are_stored_at_once(path):
    session = started(path, candidates([0.9, 0.8, 0.7], identity="abc"))
    session.answer(Answer.YES)
    session.answer(Answer.OTHER, "owl")
    first, second = read_verdicts(path)
    assert (first.answer, first.score, first.begin_s, first.judge, first.drawn) == ("yes", 0.9, 0.0, "ada", True)
    assert (second.answer, second.other, second.identity, second.time) == ("other", "owl", "abc", NOON)
    assert session.current.event.score == 0.7


def test_undo_goes_back_one_answer(path):
    session = started(path, candidates([0.9, 0.8]))
    assert not session.undo()
    session.answer(Answer.YES)
    session.answer(Answer.NO)
    assert session.current is None
    assert session.undo()
    assert session.undo()
    assert session.current.event.score == 0.9
    assert (read_verdicts(path), session.judged) == ([], [])
    session.answer(Answer.NO)
    assert session.current.event.score == 0.8


def test_what_is_skipped_is_not_stored(path):
    session = started(path, candidates([0.9, 0.8]))
    session.skip()
    assert session.current.event.score == 0.8
    session.skip()
    assert session.current is None
    assert read_verdicts(path) == []


def test_an_event_that_was_chosen_and_judged_is_counted_when_it_is_drawn(path):
    first, second = candidates([0.9, 0.8])
    chosen = replace(first, event=replace(first.event, verdict=verdict("no")))
    session = started(path, [chosen, second])
    assert session.current is second
    (counted,) = read_verdicts(path)
    assert (counted.answer, counted.judge, counted.drawn) == ("no", "ada", True)


def test_selected_events_are_not_drawn(path):
    first, second = candidates([0.9, 0.8])
    chosen = replace(first, event=replace(first.event, verdict=verdict("no")))
    session = started(path, [chosen, second], drawn=False)
    session.answer(Answer.YES)
    assert [one.drawn for one in read_verdicts(path)] == [False]
