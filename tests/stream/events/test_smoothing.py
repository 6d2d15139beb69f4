import numpy as np
import pytest

from whipbird.events.smoothing import ScoreLine, ScoreStep, mean_lines

STEPS = [ScoreStep(0.0, 0.1, np.array([0.0, 1.0])), ScoreStep(0.1, 0.2, np.array([1.0, 1.0]))]


def test_a_mean_rises_while_a_high_score_fills_the_averaging_time():
    assert list(mean_lines(STEPS, 0, 0.1)) == [ScoreLine(0.1, 0.0, 0.2, pytest.approx(1.0))]


def test_a_mean_bends_where_the_averaging_time_leaves_a_step():
    first, second = mean_lines(STEPS, 0, 0.05)
    assert (first.start, first.end_s, first.end) == (0.0, pytest.approx(0.15), pytest.approx(1.0))
    assert (second.start, second.end) == (pytest.approx(1.0), pytest.approx(1.0))


def test_without_smoothing_the_mean_is_the_score():
    assert list(mean_lines(STEPS, 0, 0.0)) == [ScoreLine(0.1, 1.0, 0.2, 1.0)]


def test_the_moment_at_which_a_line_crosses_a_level():
    rising, falling = ScoreLine(1.0, 0.0, 2.0, 1.0), ScoreLine(1.0, 1.0, 2.0, 0.0)
    assert rising.first(1.0, 0.25, rising=True) == pytest.approx(1.25)
    assert rising.first(1.5, 0.25, rising=True) == 1.5
    assert falling.first(1.0, 0.25, rising=False) == pytest.approx(1.75)
    assert falling.first(1.0, 2.0, rising=True) is None
