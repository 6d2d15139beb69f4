"""Operating points, for made scores whose right answers are known or can be found by trying all choices."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_scores import make_card, recorded, truth
from many_labels import RATE_HZ, heard_labels
from tones import make_tone
from whipbird.events.settings import DebounceSettings
from whipbird.formats.annotation import Annotation
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird_train.evaluate.calibration import (
    POINTS,
    PORTIONS,
    PRICE,
    THRESHOLDS,
    TIMES,
    Point,
    best_thresholds,
    calibrate,
    calibrated_card,
    candidates,
    expected_false,
    smoothed,
)
from whipbird_train.evaluate.curves import with_threshold
from whipbird_train.evaluate.matching import Matching
from whipbird_train.evaluate.recorded_scores import record_scores, record_sound_scores

NEAR = Matching(0.5, "middle")
SMOOTH = DebounceSettings(smooth_s=0.1, on=0.6, off=0.4)
CARD = make_card(SMOOTH)
FALSE_YES = recorded((1, 0.6, "yes"), (3, 0.6, "yes"), (5, 0.6, "yes"))
TRUE_YES = recorded((1, 0.99, "yes"), (3, 0.99, "yes"))


@pytest.fixture
def own_times(monkeypatch):
    """Try only the card's own times."""
    monkeypatch.setattr("whipbird_train.evaluate.calibration.TIMES", ((1.0, 1.0),))


def spread(hours, *heights):
    """Background with false alarms of these heights, alternating between both labels."""
    bumps = [(2 * place, height, ("yes", "no")[place % 2]) for place, height in enumerate(heights, 1)]
    return [(recorded(*bumps, seconds=3600.0 * hours), [])]


def test_the_threshold_is_between_false_alarms_and_sounds(own_times):
    heard = [(FALSE_YES, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))]
    for point in calibrate(heard, CARD, NEAR, 1.0, {"balanced": 1.0, "eager": 5.0}).values():
        assert 0.6 < point.settings["yes"].on < 0.99
        assert (point.annotations, point.hits, point.false) == (2, 2, 0)


def test_every_setting_is_tried_and_the_points_are_valid():
    heard = [(FALSE_YES, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))]
    points = calibrate(heard, CARD, NEAR, 1.0)
    assert list(points) == list(POINTS)
    for point in points.values():
        assert list(point.settings) == ["yes", "no"]
        for label, chosen in point.settings.items():
            assert DebounceSettings.model_validate(chosen.model_dump()) == chosen
            assert chosen in [one for row in candidates(CARD.debounce[label]) for one in row]


def test_no_more_is_expected_than_is_allowed(own_times):
    """Sounds and false alarms have the same scores: every lower threshold gains hits and false alarms."""
    heights = (0.35, 0.55, 0.75, 0.85, 0.95, 0.97)
    sounds = recorded(*((2 * place, heights[place % 6], "yes") for place in range(60)))
    heard = [*spread(20, *heights), (sounds, truth(*((2 * place, "yes") for place in range(60))))]
    points = calibrate(heard, CARD, NEAR, 0.05)
    allowed = {name: round(point.allowed, 6) for name, point in points.items()}
    assert allowed == {"balanced": 1, "strict": 0.1, "eager": 5}
    for point in points.values():
        assert point.expected <= point.allowed
    ons = [points[name].settings["yes"].on for name in ("strict", "balanced", "eager")]
    assert ons == sorted(set(ons), reverse=True)
    hits = [points[name].hits for name in ("strict", "balanced", "eager")]
    assert hits == sorted(set(hits))


def test_false_alarms_are_spent_where_they_buy_most(own_times):
    """Two labels are equal in the background, but most of the annotations have one of them."""
    sounds = recorded(*((place, 0.9, "yes") for place in range(1, 30, 2)), (31, 0.9, "no"))
    heard = [
        *spread(10, 0.95, 0.95),
        (sounds, truth(*((place, "yes") for place in range(1, 30, 2)), (31, "no"))),
    ]
    point = calibrate(heard, CARD, NEAR, 0.2)["balanced"]
    assert point.settings["yes"].on < 0.9 < 0.95 < point.settings["no"].on
    assert (point.false, point.hits) == (1, 15)


def test_a_false_alarm_among_sounds_counts_as_much_as_a_miss(own_times):
    """Below 0.9, one more "yes" is found, and two are detected where there is only a "no"."""
    sounds = recorded((1, 0.99, "yes"), (3, 0.6, "yes"), (5, 0.6, "yes"), (7, 0.6, "yes"))
    heard = [*spread(1), (sounds, truth((1, "yes"), (3, "yes"), (5, "no"), (7, "no")))]
    point = calibrate(heard, CARD, NEAR, 10.0)["balanced"]
    assert (point.hits, point.false, point.hours) == (1, 0, 1.0)
    assert 0.6 < point.settings["yes"].on < 0.99


def test_a_false_alarm_that_buys_nothing_is_not_taken(own_times):
    heard = [(FALSE_YES, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))]
    assert calibrate(heard, CARD, NEAR, 100.0)["eager"].false == 0


def test_a_label_without_annotations_has_no_false_alarms(own_times):
    false = recorded((1, 0.7, "no"), (3, 0.7, "no"))
    point = calibrate([(false, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))], CARD, NEAR, 100.0)["eager"]
    assert point.settings["no"] == with_threshold(SMOOTH, THRESHOLDS[-1])
    assert (point.hits, point.false) == (2, 0)


def test_without_annotations_all_labels_get_one_threshold_and_keep_their_times():
    odd = DebounceSettings(smooth_s=0.1234, on=0.5, off=0.3, refractory_s=0.3333)
    card = make_card(debounce={"yes": SMOOTH, "no": odd})
    points = calibrate(spread(20, 0.7, 0.7, 0.9), card, NEAR, 0.1)
    ons = [points[name].settings["yes"].on for name in ("strict", "balanced", "eager")]
    assert ons == sorted(ons, reverse=True)
    for point in points.values():
        assert point.settings["yes"] == with_threshold(SMOOTH, point.settings["yes"].on)
        assert point.settings["no"] == with_threshold(odd, point.settings["yes"].on)
        assert (point.annotations, point.hits) == (0, 0)
        assert point.expected <= point.allowed


def test_where_nothing_is_quiet_enough_the_highest_threshold_is_taken(own_times):
    [point] = calibrate(spread(0.1, *[0.9995] * 6), CARD, NEAR, 1.0, {"balanced": 1.0}).values()
    assert point.expected > point.allowed
    assert {one.on for one in point.settings.values()} == {THRESHOLDS[-1]}


def test_what_reports_sooner_is_taken_where_it_costs_nothing():
    card = make_card(SMOOTH.model_copy(update={"smooth_s": 0.2}))
    point = calibrate([*spread(1), (TRUE_YES, truth((1, "yes"), (3, "yes")))], card, NEAR, 1.0)["balanced"]
    assert {one.smooth_s for one in point.settings.values()} == {0.1}


def test_labels_may_have_no_smoothing(own_times):
    card = make_card(debounce={"yes": SMOOTH.model_copy(update={"smooth_s": 0.0}), "no": SMOOTH})
    assert len(candidates(card.debounce["yes"])) == len(candidates(card.debounce["no"]))
    points = calibrate([(TRUE_YES, truth((1, "yes"), (3, "yes")))], card, NEAR, 1.0)
    assert points["balanced"].hits == 2


def test_no_candidate_is_longer_than_a_card_may_say():
    slow = DebounceSettings(smooth_s=3000, refractory_s=3600)
    every = [one for row in candidates(slow) for one in row]
    assert len(every) == len(TIMES) * len(THRESHOLDS)
    assert max(one.smooth_s for one in every) == 3600
    assert max(one.refractory_s for one in every) == 3600


def test_a_card_with_the_points_can_be_read_again(own_times):
    points = calibrate([(FALSE_YES, []), (TRUE_YES, truth((1, "yes"), (3, "yes")))], CARD, NEAR, 1.0)
    card = Card.model_validate_json(calibrated_card(CARD, points).model_dump_json())
    assert card.debounce == points["balanced"].settings
    assert card.at("strict").debounce == points["strict"].settings
    assert card.at("eager").debounce == points["eager"].settings
    assert card.results["operating_points"]["eager"]["sounds"] == points["eager"].annotations == 2
    assert card.model_copy(update={"debounce": CARD.debounce, "operating_points": {}, "results": {}}) == CARD


def test_the_shorter_the_background_the_higher_the_thresholds(own_times):
    """The false alarm not yet seen counts as much in a minute as in hours."""
    lowest = [
        min(
            settings.on
            for settings in calibrate([(recorded(seconds=seconds), [])], CARD, NEAR, 1.0)["balanced"].settings.values()
        )
        for seconds in (36_000.0, 3600.0, 60.0)
    ]
    assert lowest == sorted(set(lowest))


def test_earlier_points_are_removed():
    before = make_card(operating_points={"timid": make_card().debounce})
    points = {"balanced": Point(dict(CARD.debounce), 0, 0, 0, 0.0, 1, 1.0)}
    assert not calibrated_card(before, points).operating_points


counts = st.lists(st.integers(0, 20), min_size=len(THRESHOLDS), max_size=len(THRESHOLDS)).map(
    lambda drawn: np.array(drawn)[:, None]
)


@settings(max_examples=60, deadline=None)
@given(counts)
def test_smoothing_keeps_within_what_was_counted_and_follows_it(drawn):
    smooth = smoothed(drawn)
    assert smooth.shape == drawn.shape
    assert (smooth >= 0).all()
    assert (smooth <= drawn.max()).all()
    falling = np.sort(drawn, axis=0)[::-1]
    assert (np.diff(smoothed(falling), axis=0) <= 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(counts)
def test_the_higher_the_threshold_the_fewer_false_alarms_are_expected(drawn):
    expected = expected_false(drawn)
    assert (np.diff(expected, axis=0) <= 1e-9).all()
    assert (expected <= drawn.max() + 1).all()


def test_a_false_alarm_counts_at_thresholds_a_little_above_it():
    """A false alarm at 0.9 is counted at all thresholds below."""
    false = (np.array(THRESHOLDS) <= 0.9).astype(int)[:, None]
    smooth = dict(zip(THRESHOLDS, smoothed(false)[:, 0], strict=True))
    near, far = (min(smooth, key=lambda on: abs(on - wanted)) for wanted in (0.93, 0.998))
    assert 0.1 < smooth[near] < 0.6
    assert smooth[far] < 0.001


tables = st.integers(1, 3).flatmap(
    lambda labels: st.lists(
        st.lists(st.tuples(st.integers(-3, 5), st.integers(0, 5)), min_size=labels, max_size=labels),
        min_size=1,
        max_size=5,
    )
)


@settings(max_examples=60, deadline=None)
@given(tables, st.sampled_from([0.5, 1, 2, 4, 5, 8]))
def test_no_choice_is_better(drawn, allowed):
    """The choice has no more false alarms than allowed, or else the fewest possible."""
    assert PORTIONS % allowed == 0 or allowed == 0.5  # whole false alarms are whole portions
    worth, false = np.moveaxis(np.array(drawn, float), 2, 0)
    gain, every = worth - PRICE * false, np.arange(worth.shape[1])
    rows = best_thresholds(gain, false, allowed)
    if false.min(axis=0).sum() > allowed:
        assert (false[rows, every] == false.min(axis=0)).all()
        return

    def value(choice):
        choice = np.array(choice)
        return (worth - PRICE * false)[choice, every].sum()

    assert false[rows, every].sum() <= allowed
    possible = [
        choice
        for choice in product(range(len(worth)), repeat=len(every))
        if false[np.array(choice), every].sum() <= allowed
    ]
    assert value(rows) == max(value(choice) for choice in possible)


def test_of_thousands_of_labels_those_that_do_not_count_keep_their_settings(many, tones):
    model = Model(str(many))
    sounds = [Annotation(3.0 + 6 * number, 6.0 + 6 * number, label) for number, label in enumerate(heard_labels())]
    silence = record_sound_scores(make_tone(0, RATE_HZ, 6.0), RATE_HZ, model)
    found = calibrate([(record_scores(tones, model), sounds), (silence, [])], model.card, Matching(3.0), 1000.0)
    settings = found["balanced"].settings
    assert list(settings) == list(model.card.debounce)
    changed = [label for label, own in settings.items() if own != model.card.debounce[label]]
    assert set(changed) <= set(heard_labels())
    assert changed
    assert found["balanced"].hits == 4


def test_without_annotations_thousands_of_labels_have_one_threshold(many):
    model = Model(str(many))
    silence = record_sound_scores(make_tone(0, RATE_HZ, 6.0), RATE_HZ, model)
    settings = calibrate([(silence, [])], model.card, Matching(3.0), 1.0)["balanced"].settings
    assert len(settings) == 6522
    assert {own.on for own in settings.values()} == {THRESHOLDS[0]}
