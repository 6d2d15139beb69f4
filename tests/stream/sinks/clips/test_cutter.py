"""Which events share a clip, and what sound it holds."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_events import event
from whipbird.audio.ring import Ring
from whipbird.sinks.clips.cutter import LONGEST_S, Margins, join
from whipbird.sinks.clips.history import FILL_S, History

MARGINS = Margins(2.0, 1.0)
RATE_HZ = 1000


def spans_of(events, margins=MARGINS):
    spans = []
    for one in events:
        spans = join(spans, one, margins)
    return spans


def test_events_near_each_other_share_a_clip_and_others_do_not():
    spans = spans_of([event(10.0), event(10.8), event(30.0)])
    assert [(span.begin_s, span.end_s, len(span.events)) for span in spans] == [(8.0, 12.3, 2), (28.0, 31.5, 1)]


def test_each_label_and_each_model_has_its_own():
    spans = spans_of([event(10.0), event(10.2, label="no"), event(10.4, model="digits")])
    assert [len(span.events) for span in spans] == [1, 1, 1]


def test_an_event_that_is_reported_after_the_clip_was_over_has_its_own():
    late = event(11.0, reported_s=13.0)
    assert [len(span.events) for span in spans_of([event(10.0), late])] == [1, 1]


def test_of_a_very_long_event_the_end_is_kept():
    (span,) = spans_of([event(0.0, length_s=100.0)])
    assert (span.begin_s, span.end_s) == (101.0 - LONGEST_S - 3.0, 101.0)


EVENTS = st.lists(
    st.builds(
        event,
        begin_s=st.integers(0, 100_000).map(lambda ms: ms / 1000),
        length_s=st.integers(0, 5000).map(lambda ms: ms / 1000),
        label=st.sampled_from(["yes", "no"]),
    ),
    max_size=20,
)


@given(EVENTS, st.floats(0, 10), st.floats(0, 10))
def test_every_event_is_in_one_clip_with_all_its_margins(events, before_s, after_s):
    margins = Margins(before_s, after_s)
    spans = spans_of(sorted(events, key=lambda one: one.reported_s), margins)
    shared = [one for span in spans for one in span.events]
    assert sorted(map(repr, shared)) == sorted(map(repr, events))
    for span in spans:
        assert span.end_s - span.begin_s <= LONGEST_S + before_s + after_s + 1e-9
        assert len({one.label for one in span.events}) == 1
        for one in span.events:
            assert span.begin_s <= one.begin_s - before_s
            assert one.end_s + after_s <= span.end_s


def test_the_history_gives_sound_as_it_was_with_short_gaps_silent():
    ring = Ring(10 * RATE_HZ, 2)
    history = History(ring.reader(), RATE_HZ, 2)
    sound = np.random.default_rng(1).normal(size=(3000, 2)).astype(np.float32)
    ring.write(sound[:1000])
    ring.skip(100, "overflow")
    ring.write(sound[1100:2000])
    history.fill()
    begin, samples, lost = history.cut(900, 1500, 5000)
    expected = sound[900:2000].copy()
    expected[100:200] = 0
    assert (begin, lost) == (900, 100)
    np.testing.assert_array_equal(samples, expected)


@pytest.mark.parametrize(("reason", "lost"), [("overflow", 100), ("below trigger", 0)])
def test_what_was_below_the_trigger_is_not_lost(reason, lost):
    ring = Ring(10 * RATE_HZ, 1)
    history = History(ring.reader(), RATE_HZ, 1)
    ring.write(np.ones((1000, 1), np.float32))
    ring.skip(100, reason)
    ring.write(np.ones((1000, 1), np.float32))
    history.fill()
    assert history.cut(500, 900, 1500)[2] == lost


def test_a_long_gap_ends_a_clip_on_the_side_of_its_event():
    ring = Ring(10 * RATE_HZ, 1)
    history = History(ring.reader(), RATE_HZ, 1)
    gap = round(FILL_S * RATE_HZ) + 1
    ring.write(np.ones((1000, 1), np.float32))
    ring.skip(gap, "overflow")
    ring.write(np.full((1000, 1), 2, np.float32))
    history.fill()
    begin, samples, lost = history.cut(500, 900, 3000)
    assert (begin, len(samples), lost, samples.max()) == (500, 500, 0, 1)
    begin, samples, lost = history.cut(500, 1000 + gap, 3000)
    assert (begin, len(samples), lost, samples.min()) == (1000 + gap, 1000, 0, 2)


@given(st.integers(0, 2**32), st.integers(0, 5000), st.integers(0, 5000))
def test_any_stretch_of_any_blocks_is_the_same_sound(seed, begin, length):
    rng = random.Random(seed)
    ring = Ring(6000, 1)
    history = History(ring.reader(), RATE_HZ, 1)
    sound = np.arange(5000, dtype=np.float32)[:, None]
    written = 0
    while written < len(sound):
        count = rng.randint(1, 700)
        ring.write(sound[written : written + count])
        written += count
        if rng.random() < 0.5:
            history.fill()
    history.fill()
    first, samples, lost = history.cut(begin, begin, begin + length)
    assert lost == 0
    np.testing.assert_array_equal(samples, sound[begin : begin + length])
    assert first == begin or not len(samples)


def test_what_is_forgotten_takes_no_room():
    ring = Ring(1000, 1)
    history = History(ring.reader(), RATE_HZ, 1)
    for number in range(100):
        ring.write(np.full((100, 1), number, np.float32))
        history.fill()
        history.forget(ring.position - 500)
    assert history.cut(0, 9999, 10_000)[0] == 9500
