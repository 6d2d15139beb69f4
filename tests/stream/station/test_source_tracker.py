"""The tracker of a source: processed and lost time always add up to the elapsed time."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_events import event
from whipbird.audio.ring import Ring
from whipbird.station.health import State
from whipbird.station.source_tracker import OPENING_S, SourceTracker, earlier_counts

RATE_HZ = 8000


class Clock:
    """A clock that the test advances."""

    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


def pipeline(heard=0, lost=0):
    """Stand in for a pipeline that has processed and lost this many samples."""
    ring = Ring(RATE_HZ)
    source = SimpleNamespace(rate_hz=RATE_HZ, live=True)
    return SimpleNamespace(ring=ring, lag_s=0.0, source=source, heard_s=heard / RATE_HZ, lost_s=lost / RATE_HZ)


def live(clock):
    return SourceTracker("north", "feed", UTC, monotonic=clock)


SECONDS = st.floats(0, 1e5)
SAMPLES = st.integers(0, 10**9)
STEPS = st.one_of(
    st.tuples(st.just("fail"), SECONDS),
    st.tuples(st.just("hear"), SECONDS, SAMPLES, SAMPLES),
    st.tuples(st.just("other settings"), SECONDS),
    st.tuples(st.just("off hours"), SECONDS, SECONDS, st.booleans()),
)


@given(st.lists(STEPS, max_size=20))
def test_processed_and_lost_time_add_up_to_the_elapsed_time(steps):
    clock = Clock()
    tracker = live(clock)
    heard_s = lost_s = 0.0
    for kind, pause_s, *samples in steps:
        clock.now_s += pause_s
        if kind == "fail":
            tracker.fail("not there")
        elif kind == "other settings":
            lost_s += tracker.finish()[0]
            tracker.resume("feed")
        elif kind == "off hours":
            off_s, with_other_settings = samples
            lost_s += tracker.rest("until 22:00")[0]
            rested_s = tracker.health().elapsed_s
            assert tracker.is_off
            if with_other_settings:
                assert tracker.finish()[0] == 0
                tracker.resume("feed")
                tracker.rest("until 22:00")
            clock.now_s += off_s
            tracker.wake()
            assert not tracker.is_off
            assert tracker.health().elapsed_s == rested_s
        else:
            heard, lost = samples
            one = pipeline(heard, lost)
            lost_s += tracker.start(one, clock.now_s) + lost / RATE_HZ
            heard_s += heard / RATE_HZ
            clock.now_s += (heard + lost) / RATE_HZ
            tracker.end("broke down")
        health = tracker.health()
        if health.elapsed_s is not None:
            assert health.heard_s + health.lost_s == pytest.approx(health.elapsed_s, abs=1e-3)
    lost_s += tracker.finish()[0]
    clock.now_s += 5.0
    health = tracker.health()
    assert health.heard_s == pytest.approx(heard_s)
    assert health.lost_s == pytest.approx(lost_s, abs=1e-3)
    assert tracker.finish()[0] == 0.0


def test_an_outage_counts_while_it_lasts():
    clock = Clock()
    tracker = live(clock)
    tracker.fail("connection refused")
    clock.now_s += 30.0
    health = tracker.health()
    assert (health.state, health.problem, health.lost_s, health.outages) == (State.AWAY, "connection refused", 30.0, 1)
    assert tracker.start(pipeline(), clock.now_s) == 30.0
    assert tracker.health().is_well


def test_a_source_that_opens_but_gives_no_sound_is_away():
    clock = Clock()
    tracker = live(clock)
    clock.now_s += OPENING_S + 1
    tracker.tick()
    assert not tracker.health().is_well


def test_sound_that_stops_flowing_is_noticed():
    clock = Clock()
    tracker = live(clock)
    one = pipeline()
    tracker.start(one, clock.now_s)
    one.ring.skip(RATE_HZ, "lost")  # lost samples are no sound
    for second in range(6):
        clock.now_s += 1.0
        tracker.tick()
        assert tracker.flows == (second < 2)
    health = tracker.health()
    assert (health.state, health.problem, health.lost_s) == (State.AWAY, "no sound", 6.0)


def test_events_are_counted_by_day_across_restarts():
    tracker = SourceTracker("north", "feed", UTC)
    now = datetime.now(UTC)
    tracker.count(event(label="yes", time=now))
    tracker.count(event(label="yes", time=now, common_name="Yes!"))
    today = now.date().isoformat()
    state = {"time": f"{today}T12:00:00+00:00", "sources": [tracker.health().as_object()]}
    other = SourceTracker("north", "feed", UTC)
    other.restore(*earlier_counts(state, "north"))
    other.count(event(label="no", time=now))
    assert other.health().today == {"no": 1, "yes": 2}
    other.restore("2001-01-01", {"yes": 7}, {})
    assert other.health().today == {"no": 1, "yes": 2}
    assert other.health().names == {"yes": "Yes!"}


def test_events_of_other_days_are_not_of_today():
    """A card of last year, and a recording whose time is only guessed."""
    tracker = SourceTracker("card", "folder", UTC)
    tracker.count(event(label="yes"))
    health = tracker.health()
    assert (health.today, health.events, health.last_label) == ({}, 1, "yes")
    assert health.last_event == event().time
    tracker.count(event(label="no", time=datetime.now(UTC), time_from="modified"))
    health = tracker.health()
    assert (health.today, health.events, health.last_event, health.last_label) == ({}, 2, None, "no")


@pytest.mark.parametrize("state", [{}, {"sources": 3}, {"sources": [{"name": "north"}]}, {"sources": [3]}])
def test_an_invalid_state_restores_nothing(state):
    assert earlier_counts(state, "north") is None
