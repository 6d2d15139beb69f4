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
