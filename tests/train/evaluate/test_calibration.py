"""Operating points: what is right is known of made scores, or can be tried out."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scores import listened, make_card, truth

from stream.card import Card, DebounceSettings
from train.evaluate.calibration import (
    POINTS,
    Point,
    best_settings,
    calibrate,
    calibrated_card,
    candidates,
    lowest_threshold,
)
from train.evaluate.curves import with_threshold
from train.evaluate.matching import Matching

NEAR = Matching(0.5, "middle")
SMOOTH = DebounceSettings(smooth_s=0.1, on=0.6, off=0.4)
CARD = make_card(SMOOTH)
FALSE_YES = listened((1, 0.6, "yes"), (3, 0.6, "yes"), (5, 0.6, "yes"))
TRUE_YES = listened((1, 0.9, "yes"), (3, 0.9, "yes"))


@pytest.fixture
def few(monkeypatch):
    """Thresholds in steps of 0.1, with the card's own times."""
    monkeypatch.setattr("train.evaluate.calibration.THRESHOLDS", tuple(np.round(np.arange(0.1, 1, 0.1), 2).tolist()))
    monkeypatch.setattr("train.evaluate.calibration.SMOOTHINGS", (1.0,))
    monkeypatch.setattr("train.evaluate.calibration.REFRACTORIES", (1.0,))


def test_the_threshold_lies_between_false_alarms_and_sounds(few):
    heard = [(FALSE_YES, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))]
    for point in calibrate(heard, CARD, NEAR, 0.1).values():
        assert 0.6 < point.settings["yes"].on < 0.9
        assert (point.annotations, point.hits, point.false) == (2, 2, 0)


def test_every_setting_is_tried_and_the_points_are_valid():
    heard = [(FALSE_YES, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))]
    points = calibrate(heard, CARD, NEAR, 1.0)
    assert list(points) == list(POINTS)
    for point in points.values():
        assert list(point.settings) == ["yes", "no"]
        for label, chosen in point.settings.items():
            assert DebounceSettings.model_validate(chosen.model_dump()) == chosen
            assert chosen in candidates(CARD.debounce[label])
        assert (point.hits, point.false) == (2, 0)


def test_all_points_keep_to_what_is_allowed(few):
    """Six false alarms of different heights in an hour, and sounds that are no higher."""
    heights = (0.35, 0.45, 0.55, 0.65, 0.75, 0.85)
    false = listened(*((2 * place, height, "yes") for place, height in enumerate(heights, 1)))
    sounds = listened(*((2 * place, height, "yes") for place, height in enumerate(heights, 1)))
    heard = [(false, []), (sounds, truth(*((2 * place, "yes") for place in range(1, 7))))]
    points = calibrate(heard, CARD, NEAR, 2.0, {"balanced": 1.0, "strict": 0.1, "eager": 2.0})
    assert {name: point.allowed for name, point in points.items()} == {"balanced": 2, "strict": 0.2, "eager": 4}
    assert {name: point.false for name, point in points.items()} == {"balanced": 2, "strict": 0, "eager": 4}
    assert {name: point.hits for name, point in points.items()} == {"balanced": 2, "strict": 0, "eager": 4}


def test_false_alarms_are_spent_where_they_buy_most(few):
    """One more false "yes" finds three sounds, one more false "no" finds one."""
    false = listened((1, 0.7, "yes"), (3, 0.7, "no"))
    sounds = listened(*((place, 0.65, "yes") for place in (1, 3, 5)), (7, 0.65, "no"))
    heard = [(false, []), (sounds, truth((1, "yes"), (3, "yes"), (5, "yes"), (7, "no")))]
    point = calibrate(heard, CARD, NEAR, 1.0)["balanced"]
    assert (point.allowed, point.false, point.hits) == (1, 1, 3)
    assert point.settings["yes"].on < 0.65
    assert point.settings["no"].on > 0.7


def test_what_is_heard_wrongly_among_sounds_counts_as_much_as_what_is_missed(few):
    """Below 0.65, one more "yes" is found and two are heard where there is "no" alone."""
    sounds = listened((1, 0.7, "yes"), (3, 0.6, "yes"), (5, 0.6, "yes"), (7, 0.6, "yes"))
    heard = [(listened(), []), (sounds, truth((1, "yes"), (3, "yes"), (5, "no"), (7, "no")))]
    point = calibrate(heard, CARD, NEAR, 1.0)["balanced"]
    assert (point.hits, point.false, point.hours) == (1, 0, 1.0)
    assert point.settings["yes"].on > 0.6


def test_a_false_alarm_that_buys_nothing_is_not_taken(few):
    heard = [(FALSE_YES, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))]
    assert calibrate(heard, CARD, NEAR, 100.0)["eager"].false == 0


def test_a_label_without_annotations_keeps_its_times_and_is_not_heard_by_mistake(monkeypatch):
    monkeypatch.setattr("train.evaluate.calibration.THRESHOLDS", (0.4, 0.6, 0.8))
    false = listened((1, 0.7, "no"), (3, 0.7, "no"))
    point = calibrate([(false, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))], CARD, NEAR, 100.0)["eager"]
    assert point.settings["no"] == with_threshold(SMOOTH, 0.8)
    assert (point.hits, point.false) == (2, 0)


def test_without_annotations_all_labels_get_one_threshold_and_keep_their_times(monkeypatch):
    monkeypatch.setattr("train.evaluate.calibration.THRESHOLDS", (0.4, 0.6, 0.8, 0.95))
    odd = DebounceSettings(smooth_s=0.1234, on=0.5, off=0.3, refractory_s=0.3333)
    card = make_card(debounce={"yes": SMOOTH, "no": odd})
    false = listened((1, 0.7, "yes"), (3, 0.7, "no"), (5, 0.9, "no"))
    points = calibrate([(false, [])], card, NEAR, 1.0, {"balanced": 1.0, "strict": 0.1, "eager": 5.0})
    assert {name: point.settings["yes"].on for name, point in points.items()} == {
        "balanced": 0.8,
        "strict": 0.95,
        "eager": 0.4,
    }
    for point in points.values():
        assert point.settings["yes"] == with_threshold(SMOOTH, point.settings["yes"].on)
        assert point.settings["no"] == with_threshold(odd, point.settings["yes"].on)
        assert (point.annotations, point.hits) == (0, 0)


def test_labels_may_have_no_smoothing(few):
    card = make_card(debounce={"yes": SMOOTH.model_copy(update={"smooth_s": 0.0}), "no": SMOOTH})
    assert len(candidates(card.debounce["yes"])) == len(candidates(card.debounce["no"]))
    points = calibrate([(TRUE_YES, truth((1, "yes"), (3, "yes")))], card, NEAR, 1.0)
    assert points["balanced"].hits == 2


def test_no_candidate_is_longer_than_a_card_may_say():
    slow = DebounceSettings(smooth_s=3000, refractory_s=3600)
    assert max(one.smooth_s for one in candidates(slow)) == 3600
    assert max(one.refractory_s for one in candidates(slow)) == 3600


def test_a_card_with_the_points_can_be_read_again(few):
    points = calibrate([(FALSE_YES, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))], CARD, NEAR, 1.0)
    card = Card.model_validate_json(calibrated_card(CARD, points).model_dump_json())
    assert card.debounce == points["balanced"].settings
    assert card.at("strict").debounce == points["strict"].settings
    assert card.at("eager").debounce == points["eager"].settings
    assert card.model_copy(update={"debounce": CARD.debounce, "operating_points": {}}) == CARD


def test_the_points_of_before_are_gone():
    before = make_card(operating_points={"timid": make_card().debounce})
    points = {"balanced": Point(dict(CARD.debounce), 0, 0, 0, 1, 1.0)}
    assert not calibrated_card(before, points).operating_points


@pytest.mark.parametrize(
    ("false", "allowed", "number"),
    [
        ([9, 5, 2, 0], 2, 2),
        ([9, 5, 2, 0], 9, 0),
        ([9, 5, 2, 0], 0.1, 3),
        ([1, 5, 2, 0], 2, 2),  # the lowest is one long event
        ([9, 5, 2, 2], 1, 3),
        ([9, 1, 2, 2], 1, 1),
        ([0, 5, 3], 1, 0),
    ],
)
def test_the_lowest_threshold_from_which_on_it_is_quiet_enough(false, allowed, number):
    assert lowest_threshold(np.array(false), allowed) == number


@pytest.mark.parametrize(
    ("hits", "steps", "row"),
    [
        ([0, 2, 2, 2, 0, 0], 6, 2),
        ([2, 0, 2, 2, 2, 0], 6, 3),  # of the longest run
        ([0, 0, 2, 2, 2, 0], 3, 4),  # the third has other times than the fourth: no run of three
        ([0, 2, 2, 2, 2, 0], 3, 2),  # of two runs the first, which reports sooner
    ],
)
def test_among_equals_the_middle_of_a_run_of_thresholds(hits, steps, row):
    hits = np.array(hits)[:, None]
    assert best_settings(hits, np.zeros_like(hits), np.ones(hits.shape, bool), 1, steps).tolist() == [row]


counts = st.integers(1, 3).flatmap(
    lambda labels: st.lists(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=labels, max_size=labels),
        min_size=1,
        max_size=6,
    )
)


@settings(max_examples=60, deadline=None)
@given(counts, st.integers(0, 12), st.integers(1, 6))
def test_no_choice_is_needlessly_bad(drawn, allowed, steps):
    """It has as few false alarms as are allowed, or else as few as there can be; no other choice is better in both."""
    hits, false = np.moveaxis(np.array(drawn), 2, 0)
    every = np.arange(hits.shape[1])
    rows = best_settings(hits, false, np.ones(hits.shape, bool), allowed, steps)
    found_hits, found_false = hits[rows, every].sum(), false[rows, every].sum()
    fewest = false.min(axis=0).sum()
    assert found_false <= allowed or found_false == fewest > allowed
    for others in product(range(len(hits)), repeat=len(every)):
        other_hits, other_false = hits[others, every].sum(), false[others, every].sum()
        assert not (other_hits >= found_hits and other_false <= found_false) or (
            (other_hits, other_false) == (found_hits, found_false)
        )


@settings(max_examples=30, deadline=None)
@given(counts, st.integers(0, 12))
def test_only_usable_settings_are_chosen(drawn, allowed):
    hits, false = np.moveaxis(np.array(drawn), 2, 0)
    usable = np.zeros(hits.shape, bool)
    usable[-1] = True
    assert set(best_settings(hits, false, usable, allowed, 2)) == {len(hits) - 1}
