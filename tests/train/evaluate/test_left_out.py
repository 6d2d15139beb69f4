"""Strangers: thresholds never know the person on whom they are measured."""

import numpy as np
import pytest

from made_scores import make_card, recorded, truth
from whipbird.events.settings import DebounceSettings
from whipbird_train.evaluate.calibration import calibrate, chosen_points, count
from whipbird_train.evaluate.left_out import PersonsRate, left_out
from whipbird_train.evaluate.matching import Matching

NEAR = Matching(0.5, "middle")
CARD = make_card(DebounceSettings(smooth_s=0.1, on=0.6, off=0.4))
WORDS = (recorded((1, 0.999, "yes"), (3, 0.9, "yes")), truth((1, "yes"), (3, "yes")))
POINTS = {"balanced": 1.0}


@pytest.fixture(autouse=True)
def own_times(monkeypatch):
    """Try only the card's own times."""
    monkeypatch.setattr("whipbird_train.evaluate.calibration.TIMES", ((1.0, 1.0),))


def person(*heights, hours=10.0):
    """Someone who sets off false alarms of these heights."""
    bumps = [(2 * place, height, "yes") for place, height in enumerate(heights, 1)]
    return count([(recorded(*bumps, seconds=3600 * hours), [])], CARD, NEAR)


def words():
    return count([WORDS], CARD, NEAR)


def test_counts_of_parts_add_up_to_those_of_the_whole():
    background = [(recorded((1, 0.7, "no"), seconds=7200), []), (recorded((1, 0.8, "yes"), seconds=3600), [])]
    whole = count([WORDS, *background], CARD, NEAR)
    parts = count([WORDS], CARD, NEAR) + count(background[:1], CARD, NEAR) + count(background[1:], CARD, NEAR)
    for what in ("hits", "wrong", "false"):
        np.testing.assert_array_equal(getattr(parts, what), getattr(whole, what))
    assert (parts.annotations, parts.hours, parts.sounds) == (2, 3.0, True)
    assert chosen_points(parts, CARD, 1.0) == calibrate([WORDS, *background], CARD, NEAR, 1.0)


def test_a_point_counts_the_same_where_it_was_chosen():
    whole = count([WORDS, (recorded((1, 0.97, "yes"), seconds=36_000), [])], CARD, NEAR)
    [point] = chosen_points(whole, CARD, 1.0, POINTS).values()
    assert whole.false_at(point) == point.false


def test_a_person_who_differs_has_false_alarms_that_the_others_do_not_foresee():
    calm, loud = person(0.4, 0.4), person(*[0.95] * 8)
    rate = left_out([calm, calm, loud], words(), CARD, 0.2, POINTS)["balanced"]
    assert rate.false == (0, 0, 8)
    known = chosen_points(calm + calm + loud + words(), CARD, 0.2, POINTS)["balanced"]
    assert known.false == 0
    assert rate.set_off == 1
    assert rate.hours == (10.0, 10.0, 10.0)


def test_the_interval_is_the_wider_of_persons_and_hours():
    one = PersonsRate((0, 0, 30, 0), (1.0, 1.0, 1.0, 1.0)).per_hour
    assert one.value == 7.5
    assert one.high > 20  # one person has them all: who knows how many such persons there are
    none = PersonsRate((0, 0, 0), (1.0, 1.0, 1.0)).per_hour
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(3.69 / 3, rel=0.01)


def test_results_are_ready_for_json():
    made = PersonsRate((0, 2), (1.0, 3.0)).as_dict()
    assert made["persons"] == 2
    assert made["persons_with_false_alarms"] == 1
    assert made["hours"] == 4
    assert made["false_alarms_per_hour"][0] == 0.5


def test_without_anybody_there_is_no_rate():
    assert PersonsRate((), ()).per_hour.value is None
