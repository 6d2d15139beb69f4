"""Miss rate against false alarms, from scores whose right answers are known."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_scores import make_card, recorded, truth
from whipbird.events.settings import DebounceSettings
from whipbird_train.evaluate.curves import THRESHOLDS, outcomes, sweep, with_threshold
from whipbird_train.evaluate.matching import Matching

NEAR = Matching(0.5, "middle")
CARD = make_card()
HOUR = [(recorded((1, 0.7, "yes"), (3, 0.5, "no"), (5, 0.9, "yes")), truth((1, "yes"), (3, "no")))]


@pytest.fixture(scope="module")
def curves():
    """An annotated "yes" of 0.7, an annotated "no" of 0.5, and a false "yes" of 0.9."""
    return sweep(HOUR, CARD, NEAR, (0.3, 0.6, 0.8, 0.95))


def test_a_sound_is_detected_below_its_height_and_missed_above(curves):
    assert [point["miss_rate"] for point in curves.points("yes")] == [0, 0, 1, 1]
    assert [point["miss_rate"] for point in curves.points("no")] == [0, 1, 1, 1]
    assert [point["miss_rate"] for point in curves.points()] == [0, 0.5, 1, 1]


def test_what_is_not_there_is_a_false_alarm_below_its_height(curves):
    assert [point["false_alarms_per_hour"] for point in curves.points("yes")] == [1, 1, 1, 0]
    assert [point["false_alarms_per_hour"] for point in curves.points("no")] == [0, 0, 0, 0]


def test_outcomes_are_counted_by_label():
    found = outcomes(HOUR, CARD, {label: with_threshold(CARD.debounce[label], 0.3) for label in ("no", "yes")}, NEAR)
    assert found.annotations.tolist() == [1, 1]
    assert found.hits.tolist() == [1, 1]
    assert found.false.tolist() == [0, 1]


def test_what_is_uncertain_or_has_another_label_is_not_missed():
    found = outcomes([(recorded(), truth((1, "yes?"), (3, "dog")))], CARD, CARD.debounce, NEAR)
    assert found.annotations.tolist() == [0, 0]


def test_rates_are_of_all_recordings_together():
    twice = [*HOUR, (recorded((1, 0.9, "no"), seconds=10_800), [])]
    points = sweep(twice, CARD, NEAR, [0.6]).points()
    assert points == [{"threshold": 0.6, "miss_rate": 0.5, "false_alarms_per_hour": 0.5}]


def test_in_no_time_and_without_annotations_there_is_no_rate():
    point = {"threshold": 0.6, "miss_rate": None, "false_alarms_per_hour": None}
    assert sweep([(recorded(seconds=0), [])], CARD, NEAR, [0.6]).points() == [point]


def test_the_table_and_the_json_agree(curves):
    said = json.loads(json.dumps(curves.as_dict(), allow_nan=False))
    by_label = {"all": said["all"], **said["labels"]}
    rows = list(csv.DictReader(io.StringIO(curves.as_csv())))
    assert [row["label"] for row in rows] == [label for label in ("all", "yes", "no") for _ in range(4)]
    for row, point in zip(rows, [point for points in by_label.values() for point in points], strict=True):
        assert {key: float(row[key]) for key in point} == point


def test_a_rate_that_is_not_there_is_an_empty_cell():
    assert sweep([(recorded(), [])], CARD, NEAR, [0.6]).as_csv().splitlines()[1] == "all,0.6,,0.0"


def test_another_threshold_keeps_the_share_of_the_lower_one():
    settings = DebounceSettings(on=0.6, off=0.45, smooth_s=0.2, refractory_s=1)
    assert with_threshold(settings, 0.8) == settings.model_copy(update={"on": 0.8, "off": 0.6})
    assert with_threshold(settings, 0.6) == settings


@given(st.integers(1, 9999).flatmap(lambda on: st.tuples(st.just(on), st.integers(1, on))), st.sampled_from(THRESHOLDS))
def test_settings_stay_valid_whatever_the_threshold(on_and_off, threshold):
    on, off = on_and_off[0] / 10_001, (on_and_off[1] - 0.5) / 10_001
    changed = with_threshold(DebounceSettings(on=on, off=off), threshold)
    assert DebounceSettings.model_validate(changed.model_dump()).on == threshold
