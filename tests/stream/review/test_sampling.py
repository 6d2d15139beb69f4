"""Events are drawn at random, about equally from all scores, and in the same order every time."""

from collections import Counter
from dataclasses import replace

import numpy as np

from made_verdicts import candidates, verdict
from whipbird.review.sampling import in_order, stratum_of

SCORES = np.concatenate((np.linspace(0.3, 0.6, 300), np.linspace(0.9, 0.99, 30), [0.999]))


def test_strata_are_steps_of_log_odds():
    levels = [stratum_of(one.event).level for one in candidates([0.0, 0.5, 0.73, 0.74, 0.9, 0.999, 1.0])]
    assert levels == [-5, 0, 0, 1, 2, 6, 8]


def test_every_event_is_drawn_once():
    drawn = list(in_order(candidates(SCORES)))
    assert sorted(one.event.score for one in drawn) == sorted(SCORES)


def test_strata_take_turns_until_they_are_empty():
    drawn = list(in_order(candidates(SCORES)))[:40]
    counts = Counter(one.stratum.level for one in drawn)
    assert counts == {6: 1, 4: 3, 3: 9, 2: 9, 0: 9, -1: 9}


def test_the_order_is_the_same_and_lets_in_new_events():
    first = [one.event.begin_s for one in in_order(candidates(SCORES[:200]))]
    more = [one.event.begin_s for one in in_order(candidates(SCORES[:300])) if one.event.begin_s < 200 * 60]
    assert [one for one in more if one in set(first)] != sorted(first)
    by_stratum = candidates(SCORES[:200])
    level = {one.event.begin_s: one.stratum for one in by_stratum}
    for stratum in set(level.values()):
        assert [one for one in first if level[one] == stratum] == [one for one in more if level[one] == stratum]


def test_a_review_goes_on_where_it_stopped():
    every = list(in_order(candidates(SCORES)))
    judged = {one.event.begin_s for one in every[:25]}
    rest = [
        replace(one, event=replace(one.event, verdict=verdict(drawn=True))) if one.event.begin_s in judged else one
        for one in candidates(SCORES)
    ]
    assert [one.event.begin_s for one in in_order(rest)] == [one.event.begin_s for one in every[25:]]


def test_an_event_that_a_person_chose_is_drawn_as_well():
    chosen = [replace(one, event=replace(one.event, verdict=verdict())) for one in candidates(SCORES)]
    assert len(list(in_order(chosen))) == len(SCORES)
