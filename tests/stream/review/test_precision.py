"""Precision above a threshold is estimated from verdicts on events that were drawn from strata."""

from dataclasses import replace

import numpy as np
import pytest

from made_verdicts import candidates, verdict
from whipbird.review.precision import LiveEstimates, judged_labels
from whipbird.review.sampling import in_order

KEY = ("commands", "yes")


def judged(every, right, count, drawn=True):
    """Events of which the first were judged by ``right``."""
    answers = {
        one.event.begin_s: verdict("yes" if right(one.event) else "no", drawn=drawn)
        for one in list(in_order(every))[:count]
    }
    return [replace(one, event=replace(one.event, verdict=answers.get(one.event.begin_s))) for one in every]


def made(seed=1, low=2000, high=200):
    """Many events with low scores, of which a fifth is right, and few with high ones, of which nearly all are."""
    rng = np.random.default_rng(seed)
    scores = np.concatenate((rng.uniform(0.3, 0.5, low), rng.uniform(0.9, 0.99, high)))
    chance = dict(zip(60.0 * np.arange(len(scores)), rng.random(len(scores)), strict=True))
    return candidates(scores.tolist()), lambda event: chance[event.begin_s] < (0.95 if event.score > 0.5 else 0.2)


def test_a_sample_is_weighted_by_its_strata():
    every, right = made()
    label = judged_labels(judged(every, right, 120))[KEY]
    true = np.mean([right(one.event) for one in every])
    estimate = label.lowest()
    assert estimate.judged == 120
    assert estimate.low < true < estimate.high
    plain = sum(right(one.event) for one in list(in_order(every))[:120]) / 120
    assert abs(estimate.precision - true) < 0.1 < abs(plain - true)


def test_intervals_hold_what_they_promise():
    """Of 60 reviews of 60 events, the truth is in nearly all intervals."""
    inside = 0
    for seed in range(60):
        every, right = made(seed, 400, 60)
        estimate = judged_labels(judged(every, right, 60))[KEY].lowest()
        inside += estimate.low <= np.mean([right(one.event) for one in every]) <= estimate.high
    assert inside >= 54


def test_the_lowest_threshold_with_a_precision_is_found():
    every, right = made()
    label = judged_labels(judged(every, right, 200))[KEY]
    found = label.for_precision(0.9)
    assert 0.5 < found.threshold <= 0.95
    assert found.precision >= 0.9
    assert found.events == sum(one.event.score >= found.threshold for one in every)
    assert judged_labels(judged(every, lambda event: event.begin_s % 120 > 0, 200))[KEY].for_precision(0.9) is None


def test_few_verdicts_choose_no_threshold():
    every, _ = made()
    assert judged_labels(judged(every, lambda event: True, 9))[KEY].for_precision(0.5) is None


def test_a_score_of_which_nothing_was_judged_counts_like_the_next_lower_one():
    every = candidates([0.4] * 30 + [0.95] * 10)
    own = [
        replace(one, event=replace(one.event, verdict=verdict("no", drawn=True))) if number < 10 else one
        for number, one in enumerate(every)
    ]
    assert judged_labels(own)[KEY].lowest().precision == 0


def test_only_events_that_were_drawn_count():
    every, right = made()
    label = judged_labels(judged(every, right, 100, drawn=False))[KEY]
    assert (label.judged, label.lowest().precision) == (0, None)


def test_what_is_unsure_does_not_count():
    every = candidates([0.9] * 20)
    answers = ["yes"] * 10 + ["unsure"] * 5
    own = [
        replace(one, event=replace(one.event, verdict=verdict(answer, drawn=True)))
        for one, answer in zip(every, answers, strict=False)
    ]
    label = judged_labels(own)[KEY]
    assert (label.judged, label.unsure, label.lowest().precision) == (10, 5, 1.0)


def test_all_right_is_no_certainty():
    estimate = judged_labels(judged(candidates([0.9] * 100), lambda event: True, 20))[KEY].lowest()
    assert estimate.precision == 1
    assert estimate.low == pytest.approx(0.839, abs=0.001)


def test_a_line_follows_the_answers():
    every = candidates([0.9] * 100)
    live = LiveEstimates(every)
    assert live.line(every[0], []) == "100 events, none judged yet"
    answered = [one for one in judged(every, lambda event: True, 4) if one.event.verdict]
    assert live.line(every[0], answered) == "100 events, 4 judged, 100% right (51% to 100%)"
