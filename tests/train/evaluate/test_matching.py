"""Matching of events with annotations."""

import re
from itertools import combinations, permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from made_scores import make_card
from whipbird.formats.annotation import Annotation
from whipbird_train.evaluate import matching
from whipbird_train.evaluate.matching import (
    DetectedEvent,
    Matched,
    Matching,
    explained,
    match,
    usual_matching,
)

NEAR = Matching(0.3)
YES_YES_YES = [Annotation(1.0, 1.4, "yes"), Annotation(1.4, 1.8, "yes"), Annotation(1.8, 2.2, "yes")]


def heard(begin_s, end_s, label="yes", score=0.9):
    """An event that is reported 0.1 s after its end."""
    return DetectedEvent(begin_s, end_s, end_s + 0.1, label, score)


@st.composite
def sounds(draw, kind, labels):
    """Up to eight sounds close to one another, at tenths of a second."""
    places = st.tuples(st.integers(0, 30), st.integers(1, 15), st.sampled_from(labels))
    drawn = [(begin / 10, (begin + length) / 10, label) for begin, length, label in draw(st.lists(places, max_size=8))]
    return [kind(*sound) for sound in drawn]


annotations = sounds(Annotation, ("yes", "no", "no?", "dog"))
events = sounds(heard, ("yes", "no"))
matchings = st.builds(Matching, st.integers(0, 10).map(lambda tenths: tenths / 10), st.sampled_from(["begin", "end"]))


def numbers(matched):
    parts = (matched.pairs, matched.confused, matched.missed, matched.false, matched.unjudged)
    return tuple(len(part) for part in parts)


def test_events_in_another_order_than_the_words():
    truth = [Annotation(1, 1.5, "yes"), Annotation(3, 3.5, "no"), Annotation(5, 5.5, "yes")]
    found = match(truth, [heard(5.1, 5.5), heard(0.9, 1.4), heard(8, 8.5)], NEAR)
    assert found == Matched(pairs=[(0, 1), (2, 0)], confused=[], missed=[1], false=[2], unjudged=[])


@pytest.mark.parametrize(
    ("truth", "events", "numbers_of"),
    [
        ([], [], (0, 0, 0, 0, 0)),
        ([], [heard(1, 2)], (0, 0, 0, 1, 0)),
        (YES_YES_YES, [], (0, 0, 3, 0, 0)),
    ],
)
def test_nothing_annotated_or_nothing_detected(truth, events, numbers_of):
    assert numbers(match(truth, events, NEAR)) == numbers_of


def test_one_long_event_over_two_words_is_a_hit_and_a_miss():
    assert match(YES_YES_YES[:2], [heard(1.0, 1.8)], NEAR) == Matched([(0, 0)], [], [1], [], [])
    assert match(YES_YES_YES[:2], [heard(1.0, 1.8)], Matching(0.3, "end")) == Matched([(1, 0)], [], [0], [], [])


def test_two_events_on_one_word_are_a_hit_and_a_false_alarm():
    assert match(YES_YES_YES[:1], [heard(0.8, 1.1), heard(1.1, 1.4)], NEAR) == Matched([(0, 1)], [], [], [0], [])


def test_overlapping_events_are_each_right_about_their_own_word():
    assert match(YES_YES_YES, [heard(1.7, 2.4), heard(0.9, 1.6), heard(1.3, 1.9)], NEAR).pairs == [
        (0, 1),
        (1, 2),
        (2, 0),
    ]


def test_words_back_to_back_are_paired_with_the_nearest_events():
    """All three words are within reach of both events."""
    assert match(YES_YES_YES, [heard(1.42, 1.8), heard(1.82, 2.2)], Matching(1.0)).pairs == [(1, 0), (2, 1)]


def test_pairs_stay_in_order_of_time():
    """Crossed over, the distances would have the same sum."""
    late = [heard(1.9, 2.3), heard(2.3, 2.7)]
    assert match(YES_YES_YES[:2], late, Matching(1.5)).pairs == [(0, 0), (1, 1)]


def test_more_pairs_are_better_than_nearer_ones():
    """The event at 1.3 is nearest to the word at 1.4, which would leave nothing for those at 1.0 and 1.65."""
    assert match(YES_YES_YES[:2], [heard(1.3, 1.4), heard(1.65, 1.8)], NEAR).pairs == [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("part", "event"), [("begin", heard(0.9, 9)), ("middle", heard(0.2, 2.2)), ("end", heard(0, 1.5))]
)
def test_the_part_that_is_compared(part, event):
    hit = {at: bool(match(YES_YES_YES[:1], [event], Matching(0.1, at)).pairs) for at in ("begin", "middle", "end")}
    assert hit == {at: at == part for at in ("begin", "middle", "end")}


@pytest.mark.parametrize("late_s", [-0.3, -0.25, 0.25, 0.3])
def test_a_clock_that_is_off_by_the_tolerance_or_less(late_s):
    late = [heard(word.begin_s + late_s, word.end_s + late_s) for word in YES_YES_YES]
    assert match(YES_YES_YES, late, NEAR).pairs == [(0, 0), (1, 1), (2, 2)]


@pytest.mark.parametrize("late_s", [-0.301, 0.301])
def test_a_clock_that_is_off_by_more(late_s):
    words = [Annotation(1, 1.5, "yes"), Annotation(3, 3.5, "yes"), Annotation(5, 5.5, "yes")]
    late = [heard(word.begin_s + late_s, word.end_s + late_s) for word in words]
    assert numbers(match(words, late, NEAR)) == (0, 0, 3, 3, 0)


@pytest.mark.parametrize("begin_s", [0.1, 1.1, 1000.1, 86400.7])
def test_exactly_the_tolerance_is_near_enough_despite_rounding(begin_s):
    word = Annotation(begin_s, begin_s + 0.5, "yes")
    for event in (heard(begin_s + 0.3, begin_s + 0.8), heard(begin_s - 0.3, begin_s + 0.2)):
        assert match([word], [event], NEAR).pairs == [(0, 0)]


def test_without_tolerance_the_times_are_equal():
    assert match(YES_YES_YES, [heard(1.4, 1.5), heard(1.81, 2)], Matching(0)).pairs == [(1, 0)]


def test_a_wrong_label_is_a_miss_a_false_alarm_and_a_confusion():
    truth = [Annotation(1, 1.5, "no"), Annotation(3, 3.5, "dog")]
    found = match(truth, [heard(1, 1.5), heard(1.1, 1.5), heard(3, 3.5)], NEAR)
    assert found == Matched(pairs=[], confused=[(0, 0), (1, 2)], missed=[0, 1], false=[0, 1, 2], unjudged=[])


def test_the_right_label_comes_before_a_nearer_one():
    truth = [Annotation(1, 1.5, "no"), Annotation(1.3, 1.8, "yes")]
    assert match(truth, [heard(1, 1.5)], NEAR) == Matched([(1, 0)], [], [0], [], [])


def test_labels_are_compared_exactly():
    assert not match([Annotation(1, 1.5, "Yes")], [heard(1, 1.5)], NEAR).pairs


def test_an_uncertain_word_is_never_missed():
    doubt = Annotation(1, 2, "no?")
    assert match([doubt], [], NEAR) == Matched([], [], [], [], [])
    several = [heard(0.5, 0.7, "no"), heard(1.2, 1.4, "no"), heard(1.5, 1.9, "no"), heard(2.3, 3, "no")]
    assert match([doubt], several, NEAR) == Matched([], [], [], [], [0, 1, 2, 3])


def test_events_elsewhere_or_with_another_label_are_judged():
    others = [heard(0.3, 0.6, "no"), heard(2.4, 3, "no"), heard(1, 2, "yes")]
    assert match([Annotation(1, 2, "no?")], others, NEAR) == Matched([], [], [], [0, 1, 2], [])


def test_a_certain_word_comes_before_an_uncertain_one():
    truth = [Annotation(1, 1.5, "no?"), Annotation(1.2, 1.7, "no")]
    assert match(truth, [heard(1, 1.5, "no")], NEAR) == Matched([(1, 0)], [], [], [], [])


@pytest.mark.parametrize("tolerance_s", [-0.1, float("nan"), float("inf")])
def test_a_tolerance_that_is_none(tolerance_s):
    with pytest.raises(ValueError, match="at least 0 seconds"):
        Matching(tolerance_s)


@given(annotations, events, matchings)
def test_every_event_and_every_certain_word_ends_up_in_one_place(truth, heard, matching):
    found = match(truth, heard, matching)
    paired_truth, paired_heard = ([pair[side] for pair in found.pairs] for side in (0, 1))
    certain = [number for number, annotation in enumerate(truth) if not annotation.label.endswith("?")]
    assert sorted(paired_truth + found.missed) == certain
    assert sorted(paired_heard + found.false + found.unjudged) == list(range(len(heard)))
    for label in ("yes", "no"):
        of_label = [sum(sound.label == label for sound in sounds) for sounds in (truth, heard)]
        assert sum(heard[other].label == label for _, other in found.pairs) <= min(of_label)
    assert all(truth[one].label == heard[other].label for one, other in found.pairs)
    assert all(truth[one].label != heard[other].label for one, other in found.confused)
    confused_truth, confused_heard = ([pair[side] for pair in found.confused] for side in (0, 1))
    assert len(set(confused_truth)) == len(confused_truth)
    assert len(set(confused_heard)) == len(confused_heard)
    assert set(confused_truth) <= set(found.missed)
    assert set(confused_heard) <= set(found.false)


@given(annotations, events, matchings, st.sampled_from([-0.7, 0.1, 3600.3]))
@example(  # two events are equally near to the last word, except for rounding
    [Annotation(0.0, 0.1, "yes"), Annotation(0.0, 0.1, "no"), Annotation(0.3, 0.4, "yes")],
    [DetectedEvent(begin_s, begin_s + 0.1, begin_s + 0.2, "yes", 0.9) for begin_s in (0.0, 0.1, 0.5)],
    Matching(0.2, "begin"),
    0.1,
)
def test_a_shift_in_time_does_not_matter(truth, heard, matching, later_s):
    later_truth = [Annotation(one.begin_s + later_s, one.end_s + later_s, one.label) for one in truth]
    later_heard = [
        DetectedEvent(one.begin_s + later_s, one.end_s + later_s, one.reported_s + later_s, one.label, one.score)
        for one in heard
    ]
    assert numbers(match(later_truth, later_heard, matching)) == numbers(match(truth, heard, matching))


@given(annotations.flatmap(lambda truth: st.tuples(st.just(truth), st.permutations(truth))), events, matchings)
def test_the_order_does_not_matter(orders, heard, matching):
    truth, shuffled = orders
    found, again = match(truth, heard, matching), match(shuffled, heard[::-1], matching)
    assert numbers(again) == numbers(found)
    assert sorted((truth[one], heard[other]) for one, other in found.pairs) == sorted(
        (shuffled[one], heard[::-1][other]) for one, other in again.pairs
    )


@given(st.lists(st.integers(0, 20), max_size=4), st.lists(st.integers(0, 20), max_size=4), st.integers(0, 6))
def test_no_other_pairs_are_more_or_closer(words, found, tolerance):
    """Compare with every possible way to pair them."""
    truth = [Annotation(at / 10, at / 10 + 0.4, "yes") for at in words]
    chosen = match(truth, [heard(at / 10, at / 10 + 0.4) for at in found], Matching(tolerance / 10)).pairs
    ways = [
        sum((words[one] - found[other]) ** 2 for one, other in zip(ones, others, strict=True))
        for number in [len(chosen)]
        for ones in combinations(range(len(words)), number)
        for others in permutations(range(len(found)), number)
        if all(abs(words[one] - found[other]) <= tolerance for one, other in zip(ones, others, strict=True))
    ]
    assert sum((words[one] - found[other]) ** 2 for one, other in chosen) == min(ways)
    more = len(chosen) + 1
    assert not any(
        all(abs(words[one] - found[other]) <= tolerance for one, other in zip(ones, others, strict=True))
        for ones in combinations(range(len(words)), more)
        for others in permutations(range(len(found)), more)
    )


def test_a_long_row_of_words_given_backwards():
    truth = [Annotation(at, at + 0.5, "yes") for at in range(400)]
    found = match(truth[::-1], [heard(at + 0.9, at + 1.5) for at in range(400)], Matching(1.0))
    assert found.pairs == [(399 - at, at) for at in reversed(range(400))]


SONGS = Matching(0.5, "overlap")


def test_one_event_over_several_songs_finds_them_all():
    found = match([*YES_YES_YES, Annotation(9, 9.5, "yes")], [heard(0.9, 2.3)], SONGS)
    assert found == Matched(pairs=[(0, 0), (1, 0), (2, 0)], confused=[], missed=[3], false=[], unjudged=[])


def test_several_events_over_one_song_are_one_hit_and_no_false_alarm():
    found = match([Annotation(1, 9, "yes")], [heard(1, 2), heard(3, 6), heard(12, 13)], SONGS)
    assert found == Matched(pairs=[(0, 1)], confused=[], missed=[], false=[2], unjudged=[0])


def test_an_event_beside_a_song_counts_within_the_tolerance():
    truth = [Annotation(1, 2, "yes")]
    assert match(truth, [heard(2.5, 3)], SONGS).pairs == [(0, 0)]
    assert match(truth, [heard(2.6, 3)], SONGS).false == [0]
    assert match(truth, [heard(1, 2, "no")], SONGS).confused == [(0, 0)]


@given(annotations, events, st.randoms())
def test_by_overlap_each_song_is_found_where_an_event_overlaps_it(truth, detected, random):
    found = match(truth, detected, SONGS)
    certain = [n for n in range(len(truth)) if not truth[n].uncertain]
    near = {
        n
        for n in certain
        for one in detected
        if one.label == truth[n].label
        and one.begin_s <= truth[n].end_s + SONGS.reach_s
        and one.end_s >= truth[n].begin_s - SONGS.reach_s
    }
    assert {one for one, _ in found.pairs} == near
    assert found.missed == sorted(set(certain) - near)
    right = {other for _, other in found.pairs}
    assert sorted((*right, *found.false, *found.unjudged)) == list(range(len(detected)))


@pytest.mark.parametrize(
    ("changes", "usual", "line"),
    [
        (
            {"report": "begin"},
            matching.WORDS,
            "its middle is within 0.5 s of that of an annotation .* it reports words",
        ),
        ({"report": "end"}, matching.CALLS, "its start is within 1 s of that of an annotation .* it reports calls"),
        (
            {"report": "end", "windows": "whole"},
            matching.SONGS,
            "overlaps an annotation of its label, or is within 1 s of it",
        ),
    ],
)
def test_the_usual_matching_of_a_model_is_explained(changes, usual, line):
    card = make_card().model_copy(update=changes)
    assert usual_matching(card) == usual
    assert re.search(line, explained(usual, card))
    wider = Matching(3.0, usual.at)
    assert explained(wider, card).endswith(f"; the usual tolerance is {usual.tolerance_s:g} s)")


def test_a_model_is_matched_as_it_was_judged():
    card = make_card().model_copy(
        update={"report": "end", "results": {"matching": {"tolerance_s": 1.0, "at": "overlap"}}}
    )
    assert usual_matching(card) == Matching(1.0, "overlap")
    assert "clips, which do not say for certain where a call begins" in explained(usual_matching(card), card)
