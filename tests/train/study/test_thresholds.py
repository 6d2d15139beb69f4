"""The threshold of each label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import fbeta_score

from whipbird.events.settings import DebounceSettings
from whipbird_train.evaluate.clip_results import ClipResults
from whipbird_train.study.thresholds import CANDIDATES, choose_thresholds


def judged(truth, scores):
    names = tuple(str(number) for number in range(len(truth)))
    both = np.stack((scores, 1 - np.asarray(scores)), axis=1)
    return ClipResults(("bird", "other"), np.array(truth), both, names, names)


def threshold(truth, scores):
    return choose_thresholds(judged(truth, scores), ("bird",), DebounceSettings())["bird"].on


def test_it_lies_between_right_and_wrong():
    """All thresholds above 0.5 and up to 0.8 separate them: the middle of 0.55, 0.6, ..., 0.8 is 0.7."""
    assert threshold([0, 0, 1, 1], [0.9, 0.81, 0.5, 0.1]) == 0.7


def test_one_false_alarm_is_avoided_at_the_price_of_a_quiet_bird():
    assert threshold([0, 0, 0, 0, 1], [0.9, 0.9, 0.9, 0.4, 0.6]) > 0.6


def test_without_a_single_clip_it_is_in_the_middle():
    assert threshold([1, 1], [0.1, 0.2]) == 0.7


def test_the_rest_of_the_settings_stays():
    settings = DebounceSettings(smooth_s=0.5, refractory_s=2.0)
    chosen = choose_thresholds(judged([0, 1], [0.9, 0.2]), ("bird",), settings)
    assert set(chosen) == {"bird"}
    assert chosen["bird"].smooth_s == 0.5
    assert chosen["bird"].refractory_s == 2.0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1, width=32)), min_size=1, max_size=30))
def test_no_other_candidate_is_better(clips):
    truth, scores = np.array([0 if bird else 1 for bird, _ in clips]), np.array([score for _, score in clips])
    chosen = choose_thresholds(judged(truth, scores), ("bird",), DebounceSettings())["bird"]

    def measured(on):
        return fbeta_score(truth == 0, scores >= on, beta=0.5, zero_division=0.0)

    assert chosen.on in CANDIDATES
    assert measured(chosen.on) == pytest.approx(max(measured(on) for on in CANDIDATES))
    assert 0 < chosen.off < chosen.on
    DebounceSettings.model_validate(chosen.model_dump())  # copies are not validated by themselves
