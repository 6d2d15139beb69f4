import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.events.relative_scores import LEAST_LEAD, relative_scores, watched_scores

COMMANDS = [2, 3, 4]  # after silence and other words


def test_the_score_of_another_command_does_not_count_against_a_command():
    assert relative_scores(np.array([0.02, 0.08, 0.7, 0.2, 0.0]), COMMANDS).tolist() == [pytest.approx(0.7 / 0.8), 0, 0]


def test_two_labels_that_are_nearly_as_likely_have_no_relative_score():
    assert relative_scores(np.array([0.0, 0.1, 0.5, 0.4, 0.0]), COMMANDS).tolist() == [0, 0, 0]


def test_a_single_reported_label_keeps_its_score():
    scores = np.array([0.25, 0.75])
    assert relative_scores(scores, [1]).tolist() == [0.75]


def test_relative_scores_of_zeros_are_zeros():
    assert relative_scores(np.zeros((2, 5)), COMMANDS).tolist() == [[0, 0, 0]] * 2


def test_no_labels_have_no_relative_scores():
    assert relative_scores(np.ones((4, 3)), []).shape == (4, 0)


some_scores = st.lists(st.lists(st.floats(0, 1, width=32), min_size=12, max_size=12), min_size=1, max_size=6).map(
    lambda rows: np.array(rows, np.float32)
)
some_labels = st.lists(st.integers(0, 11), min_size=1, max_size=12, unique=True)


@given(some_scores, some_labels)
def test_relative_scores_are_between_0_and_1_and_one_label_leads(scores, reported):
    found = relative_scores(scores, reported)
    assert found.shape == (len(scores), len(reported))
    assert ((found >= 0) & (found <= 1)).all()
    for row, own in zip(found, np.asarray(scores, float)[:, reported], strict=True):
        for number in np.flatnonzero(row):
            assert (own[number] >= LEAST_LEAD * np.delete(own, number)).all()


@given(some_scores, some_labels)
def test_rows_do_not_depend_on_each_other(scores, reported):
    assert np.array_equal(
        relative_scores(scores, reported), np.stack([relative_scores(row, reported) for row in scores])
    )


@given(some_scores, some_labels, st.integers(-3, 3))
def test_a_common_factor_does_not_matter(scores, reported, power):
    assert np.array_equal(
        relative_scores(scores, reported), relative_scores(np.asarray(scores, float) * 2.0**power, reported)
    )


def test_watched_scores_are_finite_and_of_the_watched_labels_alone():
    scores = np.array([[0.25, np.nan, 0.75], [0.5, 0.5, np.inf]])
    assert watched_scores(scores, [1, 2], "all").tolist() == [[0, 0.75], [0.5, 0]]
    assert watched_scores(scores, [2], "unreported").tolist() == [[0.75], [0]]
