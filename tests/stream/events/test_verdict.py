"""What can be a verdict."""

import pytest

from made_verdicts import verdict


def test_an_answer_says_whether_the_label_is_right():
    assert [verdict(answer).right for answer in ("yes", "no", "unsure")] == [True, False, None]
    other = verdict("other", other="owl")
    assert (other.right, other.shown) == (False, "other: owl")


@pytest.mark.parametrize(
    "wrong",
    [
        {"begin_s": -1.0},
        {"end_s": 0.5},
        {"end_s": float("inf")},
        {"recording": ""},
        {"label": ""},
        {"other": "owl"},
        {"answer": "other"},
    ],
)
def test_what_cannot_be_a_verdict_is_refused(wrong):
    with pytest.raises(ValueError, match="verdict"):
        verdict(**wrong)
