from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from whipbird.events.debounce import Debouncer
from whipbird.events.settings import DebounceSettings
from whipbird.events.watched_labels import WatchedLabels

HOP_S = 0.05
PLAIN = DebounceSettings(smooth_s=0, on=0.6, off=0.4, release_s=0.1, min_s=0, refractory_s=0.2)


def run(scores, debounce_settings=PLAIN, hop_s=HOP_S, start_s=0.0):
    """All events of one label, whose score holds for a hop each."""
    debouncer = Debouncer(WatchedLabels(["yes"], {"yes": debounce_settings}), start_s)
    events = []
    for number, score in enumerate(scores):
        events += debouncer.step(start_s + (number + 1) * hop_s, np.array([score]))
    return events + debouncer.finish()


def ended(events):
    return [event for event in events if event.ended]


def times(events):
    return [time_s for event in events for time_s in (event.begin_s, event.peak_s, event.end_s)]


def thousandths(least, most):
    return st.integers(round(1000 * least), round(1000 * most)).map(lambda number: number / 1000)


# Thresholds and times a little off the grid on which scores and hops lie: ties are tested by themselves.
OFF_GRID = 0.000_137
some_settings = st.builds(
    lambda off, more, smooth_s, **seconds: DebounceSettings(
        off=off + OFF_GRID,
        on=off + more + OFF_GRID,
        smooth_s=smooth_s,
        **{name: value + OFF_GRID for name, value in seconds.items()},
    ),
    off=thousandths(0.05, 0.6),
    more=thousandths(0.05, 0.35),
    smooth_s=st.sampled_from([0.0, 0.07, 0.1, 0.25]),
    release_s=thousandths(0, 0.3),
    min_s=thousandths(0, 0.3),
    refractory_s=thousandths(0, 0.5),
)
# Many scores are certain, so that events do happen.
some_scores = st.lists(st.sampled_from([0.0, 1.0]) | thousandths(0, 1), min_size=1, max_size=60)


def test_a_word_gives_one_event_where_its_score_is_high():
    certain, end = run([0, 0, 0.9, 0.8, 0.1, 0, 0, 0])
    assert (certain.label, certain.ended) == ("yes", False)
    assert (end.label, end.ended) == ("yes", True)
    assert times([end]) == pytest.approx([0.10, 0.10, 0.20])
    assert end.score == pytest.approx(0.9)


def test_an_event_is_returned_once_when_certain_and_once_when_ended():
    debouncer = Debouncer(WatchedLabels(["yes"], {"yes": PLAIN}))
    assert debouncer.step(0.05, np.array([0.0])) == []
    (certain,) = debouncer.step(0.10, np.array([0.9]))
    assert not certain.ended
    assert debouncer.active == {"yes": pytest.approx(0.05)}
    assert debouncer.step(0.15, np.array([0.9])) == []
    assert debouncer.step(0.20, np.array([0.0])) == []
    (end,) = debouncer.step(0.26, np.array([0.0]))
    assert end.ended
    assert end.end_s == pytest.approx(0.15)
    assert debouncer.active == {}


def test_the_mean_reaches_its_threshold_between_two_hops():
    smooth = DebounceSettings(smooth_s=0.1, on=0.6, off=0.4)
    (end,) = ended(run([0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0], smooth))
    # From 0.1 s on, the mean over 0.1 s rises from 0 to 1 in 0.1 s; from 0.3 s on it falls as fast.
    assert times([end]) == pytest.approx([0.16, 0.20, 0.36])


def test_yes_yes_is_two_events():
    assert len(ended(run([0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0]))) == 2


def with_pauses(scores, pauses, debounce_settings=PLAIN):
    debouncer = Debouncer(WatchedLabels(["yes"], {"yes": debounce_settings}))
    events = []
    for number, score in enumerate(scores):
        events += debouncer.step((number + 1) * HOP_S, np.array([score]), pauses[number])
    return events + debouncer.finish()


@pytest.mark.parametrize("smooth_s", [0, 0.25])
def test_a_pause_makes_two_of_one(smooth_s):
    settings = PLAIN.model_copy(update={"smooth_s": smooth_s})
    pauses = [number in (10, 11, 12) for number in range(24)]
    first, second = ended(with_pauses([1] * 24, pauses, settings))
    assert first.end_s == pytest.approx(10 * HOP_S)
    assert second.begin_s == pytest.approx(max(13 * HOP_S + 0.6 * smooth_s, 10 * HOP_S + PLAIN.refractory_s))
    assert second.end_s == pytest.approx(24 * HOP_S)


@given(some_settings, some_scores, st.data())
def test_no_event_reaches_over_a_pause(debounce_settings, scores, data):
    pauses = data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores)))
    for event in ended(with_pauses(scores, pauses, debounce_settings)):
        for number in np.flatnonzero(pauses):
            assert event.end_s <= number * HOP_S + 1e-6 or event.begin_s >= (number + 1) * HOP_S - 1e-6


def test_a_flicker_inside_a_word_does_not_break_it():
    assert len(ended(run([0, 1, 1, 0.5, 1, 0, 1, 1, 0, 0, 0, 0]))) == 1


def test_a_score_between_the_thresholds_starts_nothing():
    assert run([0.5] * 50) == []


def test_a_score_that_just_reaches_the_threshold_starts_an_event():
    assert len(ended(run([0.6] * 50))) == 1
    smooth = DebounceSettings(smooth_s=0.1, on=0.6, off=0.4)
    assert len(ended(run([0.6] * 50, smooth))) == 1


def test_a_score_in_single_precision_reaches_its_threshold_too():
    assert float(np.float32(0.7)) < 0.7
    assert len(ended(run([np.float32(0.7)] * 50, DebounceSettings(smooth_s=0, on=0.7, off=0.4)))) == 1


def test_the_peak_of_a_certain_event_is_the_highest_mean_until_then():
    slow = DebounceSettings(smooth_s=0.1, on=0.375, off=0.25, release_s=0, min_s=0.15625)
    certain, end = run([0.5, 1, 0, 1, 1], slow)
    # The mean is 0.75 at 0.1 s, 0.69 when it is certain at 0.22 s, and 1 at 0.25 s.
    assert times([certain]) == pytest.approx([0.0625, 0.10, 0.21875])
    assert times([end]) == pytest.approx([0.0625, 0.25, 0.25])


def test_the_score_of_an_event_includes_all_scores_that_made_it_start():
    smooth = DebounceSettings(smooth_s=0.1, on=0.8, off=0.4)
    certain, end = run([0, 0, 1.0, 0.65, 0, 0, 0, 0, 0], smooth)
    assert (certain.score, end.score) == (1.0, 1.0)


def test_too_short_is_dropped_and_does_not_delay_the_next():
    patient = DebounceSettings(smooth_s=0, on=0.6, off=0.4, release_s=0.05, min_s=0.12, refractory_s=1)
    (end,) = ended(run([0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0], patient))
    assert times([end]) == pytest.approx([0.35, 0.35, 0.55])


def test_a_word_too_soon_after_the_last_one_is_dropped():
    slow = DebounceSettings(smooth_s=0, on=0.6, off=0.4, release_s=0.05, refractory_s=1)
    assert len(ended(run([0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0], slow))) == 1


def test_an_event_in_progress_ends_with_the_stream():
    debouncer = Debouncer(WatchedLabels(["yes"], {"yes": PLAIN}))
    debouncer.step(0.05, np.array([0.9]))
    (end,) = debouncer.finish()
    assert end.ended
    assert end.end_s == pytest.approx(0.05)
    assert debouncer.finish() == []


def test_labels_without_settings_give_no_events():
    debouncer = Debouncer(WatchedLabels(["_silence_", "yes"], {"yes": PLAIN}))
    assert debouncer.step(1.0, np.array([1.0, 0.0])) == []
    assert [event.label for event in debouncer.step(2.0, np.array([1.0, 1.0]))] == ["yes"]
    assert [event.label for event in debouncer.finish()] == ["yes"]


def test_relative_scores_may_count_in_place_of_scores():
    """The score of an event is then its relative score."""
    debouncer = Debouncer(
        WatchedLabels(["_unknown_", "no", "yes"], dict.fromkeys(["no", "yes"], PLAIN), against="unreported")
    )
    events = debouncer.step(1.0, np.array([0.1, 0.1, 0.4])) + debouncer.step(2.0, np.array([0.1, 0.4, 0.5]))
    assert [(event.label, event.score) for event in events + debouncer.finish()] == [("yes", 0.8), ("yes", 0.8)]


def test_labels_do_not_disturb_each_other():
    debouncer = Debouncer(WatchedLabels(["no", "yes"], dict.fromkeys(["no", "yes"], PLAIN)))
    events = debouncer.step(1.0, np.array([0.9, 0.8])) + debouncer.finish()
    assert [(e.label, e.ended) for e in events] == [("no", False), ("yes", False), ("no", True), ("yes", True)]


@pytest.mark.parametrize("now_s", [1.0, 0.5, -1.0, float("nan")])
def test_time_must_advance(now_s):
    debouncer = Debouncer(WatchedLabels(["yes"], {"yes": PLAIN}))
    debouncer.step(1.0, np.array([0.0]))
    with pytest.raises(ValueError, match=r"time went from 1.0 s to"):
        debouncer.step(now_s, np.array([0.0]))


@given(some_settings, st.lists(st.sampled_from([float("nan"), float("inf"), float("-inf"), -1.0]), max_size=50))
def test_scores_that_are_no_numbers_are_no_events(debounce_settings, scores):
    assert run(scores, debounce_settings) == []


@given(some_settings, some_scores)
def test_a_score_that_is_no_number_counts_as_0(debounce_settings, scores):
    broken = [float("nan") if score < 0.05 else score for score in scores]
    mended = [0.0 if score < 0.05 else score for score in scores]
    assert run(broken, debounce_settings) == run(mended, debounce_settings)


@given(some_settings, thousandths(0, 1))
def test_a_constant_high_score_is_exactly_one_event(debounce_settings, share):
    score = debounce_settings.on + share * (1 - debounce_settings.on)
    (end,) = ended(run([score] * 60, debounce_settings))
    assert end.end_s == pytest.approx(60 * HOP_S)


@given(some_settings, some_scores)
def test_no_second_event_within_the_refractory_time(debounce_settings, scores):
    events = ended(run(scores, debounce_settings))
    for one, other in pairwise(events):
        assert other.begin_s >= one.end_s + debounce_settings.refractory_s - 1e-9


@given(some_settings, some_scores)
def test_events_alternate_between_certain_and_ended(debounce_settings, scores):
    events = run(scores, debounce_settings)
    certain, end = events[::2], events[1::2]
    assert len(certain) == len(end)
    for one, other in zip(certain, end, strict=True):
        assert not one.ended
        assert other.ended
        assert one.begin_s == other.begin_s
        assert one.end_s <= other.end_s + 1e-9
        assert one.score <= other.score


@given(some_settings, some_scores)
def test_start_peak_and_end_come_in_this_order(debounce_settings, scores):
    for event in run(scores, debounce_settings):
        assert event.begin_s <= event.peak_s <= event.end_s
        assert event.begin_s >= 0
        assert event.end_s <= len(scores) * HOP_S + 1e-9
        assert debounce_settings.on - 1e-6 <= event.score <= 1


@given(some_settings, some_scores)
def test_no_event_is_shorter_than_the_least(debounce_settings, scores):
    for event in ended(run(scores, debounce_settings)):
        assert event.end_s - event.begin_s >= debounce_settings.min_s - 1e-9


@settings(deadline=None, max_examples=200)
@given(some_settings, some_scores, st.integers(2, 7))
@example(PLAIN, [1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1], 3)
@example(DebounceSettings(smooth_s=0.1, on=0.375, off=0.25, release_s=0, min_s=0.15625), [0.5, 1, 0, 1, 1], 2)
def test_events_do_not_depend_on_how_often_scores_come(debounce_settings, scores, parts):
    whole = run(scores, debounce_settings)
    split = run(np.repeat(scores, parts), debounce_settings, HOP_S / parts)
    assert [event.ended for event in split] == [event.ended for event in whole]
    assert times(split) == pytest.approx(times(whole), abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40), st.integers(0, 10_000))
def test_rounding_of_times_does_not_decide(scores, hops_before):
    """Times on the grid of hops: whether a pause is as long as the release time must not hang on the last bit."""
    start_s = hops_before * HOP_S
    early, late = run(scores, start_s=0.0), run(scores, start_s=start_s)
    assert [event.ended for event in late] == [event.ended for event in early]
    assert np.subtract(times(late), start_s) == pytest.approx(times(early), abs=1e-6)


@given(
    some_settings,
    some_scores,
    st.floats(-16, -5).map(lambda exponent: 10**exponent),
    st.sampled_from([0.0, 0.05, 1e-9]),
    st.sampled_from([0.0, 1e5, 1e9]),
)
@example(DebounceSettings(on=0.5, off=0.3992390474118774), [0.0, 0.5, 0.03245913119424004], 2.4254e-11, 0.1, 0.0)
def test_the_steepest_mean_comes_to_an_end(debounce_settings, scores, smooth_s, release_s, start_s):
    """Where the nearest moments that numbers tell apart have means far apart, be it after decades."""
    steep = debounce_settings.model_copy(update={"smooth_s": smooth_s, "release_s": release_s})
    events = run(scores, steep, start_s=start_s)
    for before, after in pairwise(ended(events)):
        assert before.end_s <= after.begin_s + 1e-6


@given(some_settings, st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, float("nan")]) | thousandths(0, 1)), st.data())
def test_many_steps_at_once_are_the_same_as_one_by_one(debounce_settings, scores, data):
    debouncer = Debouncer(WatchedLabels(["no", "yes"], {"yes": debounce_settings}), 3.0)
    until_s = [3.0 + (number + 1) * HOP_S for number in range(len(scores))]
    both = np.array([[1.0, score] for score in scores], np.float32)
    events, number = [], 0
    while number < len(scores):
        after = min(len(scores), number + data.draw(st.integers(1, 20)))
        if not debouncer.step_if_quiet(until_s[number:after], both[number:after]):
            for one in range(number, after):
                events += debouncer.step(until_s[one], both[one])
        number = after
    assert events + debouncer.finish() == run(np.float32(scores), debounce_settings, start_s=3.0)
