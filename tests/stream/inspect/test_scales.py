import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.inspect.scales import moment_text, round_step, time_step_s


@given(st.floats(1e-6, 1e9), st.integers(1, 30))
def test_no_more_steps_than_allowed_and_not_far_fewer(length, most):
    step = round_step(length, most)
    assert most * 0.399 <= length / step <= most * (1 + 1e-6)


@given(st.floats(1e-3, 86_400), st.integers(2, 20))
def test_steps_of_time_fit(length_s, most):
    assert length_s / time_step_s(length_s, most) <= most * (1 + 1e-6) or length_s > 86_400 * most


@pytest.mark.parametrize(
    ("seconds", "end_s", "text"),
    [
        (0, 10, "0"),
        (2.5, 10, "2.5"),
        (90, 600, "1:30"),
        (90.25, 600, "1:30.25"),
        (3725, 10_800, "1:02:05"),
        (0.1 + 0.2, 1, "0.3"),
    ],
)
def test_times_as_text(seconds, end_s, text):
    assert moment_text(seconds, end_s) == text
