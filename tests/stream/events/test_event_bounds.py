import pytest

from whipbird.events.event_bounds import EventBounds
from whipbird.events.label_state import Event


def located(begin_s, end_s, trim_s=0.75, hop_s=1.5):
    bounds = EventBounds(0.0, report="end", lead_s=0.0, trim_s=trim_s, hop_s=hop_s, reference_s=0.75, rate_hz=48_000)
    return bounds.locate(Event("bird", begin_s, begin_s, end_s, 0.9, ended=True), lambda: None, 60.0, 60.0)


@pytest.mark.parametrize(
    ("event", "expected"),
    [((3.75, 9.75), (4.5, 9.0)), ((3.75, 6.75), (4.5, 6.0)), ((3.75, 5.25), (3.75, 5.25)), ((0.0, 1.0), (0.0, 1.0))],
    ids=["long", "two hops", "one hop", "less"],
)
def test_an_event_is_trimmed_at_both_ends_but_not_below_a_hop(event, expected):
    assert located(*event) == expected


def test_an_event_without_a_trim_is_where_its_scores_were_high():
    assert located(3.75, 9.75, trim_s=0.0) == (3.75, 9.75)


def test_an_event_that_is_reported_at_once_and_has_no_levels_is_where_its_scores_were_high_but_for_the_lead():
    bounds = EventBounds(0.0, report="begin", lead_s=0.7, trim_s=0.0, hop_s=0.1, reference_s=0.0, rate_hz=16_000)
    event = Event("phrase", 5.0, 5.0, 5.1, 0.9, ended=False)
    assert bounds.locate(event, lambda: None, 5.1, 60.0) == pytest.approx((4.3, 5.1))
