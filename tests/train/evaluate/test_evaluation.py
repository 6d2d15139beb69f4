"""Evaluation of a detector on whole recordings."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.formats.annotation import Annotation
from whipbird_train.evaluate.evaluation import Evaluation
from whipbird_train.evaluate.intervals import ConfidenceInterval, poisson_rate, share
from whipbird_train.evaluate.matching import AnnotatedRecording, DetectedEvent, Matching

NEAR = Matching(0.3)
LABELS = ("yes", "no")


def recording(name, truth=(), heard=(), seconds=60.0):
    """Sounds are given as (start, label) and last 0.5 s; events are reported 0.2 s after their end."""
    return AnnotatedRecording(
        name,
        seconds,
        tuple(Annotation(begin, begin + 0.5, label) for begin, label in truth),
        tuple(DetectedEvent(begin, begin + 0.5, begin + 0.7, label, 0.9) for begin, label in heard),
    )


def evaluated(*recordings, delay_from="end"):
    return Evaluation.of(recordings, LABELS, NEAR, delay_from)


@pytest.fixture
def talks():
    """In the first, all but one "yes" are detected, and a dog as "yes"; in the second, a "no" is detected as "yes"."""
    return evaluated(
        recording(
            "first",
            [(1, "yes"), (3, "yes"), (5, "no"), (7, "dog"), (9, "dog"), (20, "no?")],
            [(1.1, "yes"), (5.2, "no"), (7, "yes"), (20, "no"), (20.3, "no")],
            seconds=900,
        ),
        recording("second", [(1, "yes"), (3, "no")], [(1.0, "yes"), (3, "yes"), (50, "no")], seconds=900),
        recording("third", seconds=1800),
    )


def test_a_small_case_by_hand(talks):
    yes, no, everything = talks.rows()
    assert [row.label for row in talks.rows()] == ["yes", "no", "all"]
    assert (yes.annotations, yes.events, yes.hits, yes.missed, yes.false, yes.unjudged) == (3, 4, 2, 1, 2, 0)
    assert (no.annotations, no.events, no.hits, no.missed, no.false, no.unjudged) == (2, 2, 1, 1, 1, 2)
    assert (everything.annotations, everything.events, everything.hits, everything.unjudged) == (5, 6, 3, 2)
    assert (yes.recall, yes.precision) == (share(2, 3), share(2, 4))
    assert (everything.recall, everything.precision) == (share(3, 5), share(3, 6))
    assert yes.f1.value == pytest.approx(4 / 7)
    assert everything.f1.value == pytest.approx(6 / 11)
    assert everything.f1.low < everything.f1.value < everything.f1.high
    assert talks.hours == 1
    assert no.false_alarms_per_hour == poisson_rate(1, 1)
    assert everything.false_alarms_per_hour == poisson_rate(3, 1)


def test_each_recording_counts_by_itself(talks):
    """Events and annotations: "yes" 2 of 2, 2 of 1, 0 of 0; "no" 1 of 1, 1 of 1, 0 of 0."""
    yes, no, everything = talks.rows()
    assert yes.count_error.value == pytest.approx(1 / 3)
    assert yes.counted == share(2, 3)
    assert no.count_error == ConfidenceInterval(0, 0, 0)
    assert no.counted == share(3, 3)
    assert everything.counted == share(2, 3)
    assert talks.per_recording() == [
        {"name": "first", "annotations": 3, "events": 3, "hits": 2, "missed": 1, "false": 1},
        {"name": "second", "annotations": 2, "events": 3, "hits": 1, "missed": 1, "false": 2},
        {"name": "third", "annotations": 0, "events": 0, "hits": 0, "missed": 0, "false": 0},
    ]


def test_too_many_of_one_label_do_not_make_up_for_too_few_of_another():
    yes, no, everything = evaluated(recording("a", [(1, "yes")], [(1, "no")])).rows()
    assert (yes.count_error.value, no.count_error.value, everything.count_error.value) == (1, 1, 2)
    assert everything.counted == share(0, 1)


def test_the_delay_is_from_the_true_end_of_a_word_or_the_start_of_a_call():
    """Three hits start 0, 0.1 and 0.2 s late, and are reported 0.2 s after their end."""
    late = recording("a", [(1, "yes"), (3, "yes"), (5, "yes")], [(1, "yes"), (3.1, "yes"), (5.2, "yes"), (9, "yes")])
    words, calls = (evaluated(late, delay_from=end).overall for end in ("end", "begin"))
    assert (words.delay_p50_s, words.delay_p95_s) == pytest.approx((0.3, 0.39))
    assert (calls.delay_p50_s, calls.delay_p95_s) == pytest.approx((0.8, 0.89))


def test_without_a_hit_there_is_no_delay():
    row = evaluated(recording("a", [(1, "yes")], [(9, "yes")])).overall
    assert (row.delay_p50_s, row.delay_p95_s) == (None, None)


def test_nothing_annotated_and_nothing_detected():
    for row in evaluated(recording("a"), recording("b")).rows():
        assert (row.recall.value, row.precision.value, row.f1.value) == (None, None, None)
        assert row.false_alarms_per_hour == poisson_rate(0, 1 / 30)
        assert row.count_error == ConfidenceInterval(0, 0, 0)
        assert row.counted == share(2, 2)


def test_nothing_annotated():
    row = evaluated(recording("a", heard=[(1, "yes"), (2, "no")])).overall
    assert (row.recall.value, row.precision.value, row.f1.value) == (None, 0, 0)
    assert row.count_error.value == 2


def test_nothing_detected():
    row = evaluated(recording("a", [(1, "yes"), (2, "no")])).overall
    assert (row.recall.value, row.precision.value, row.f1.value) == (0, None, 0)


def test_an_event_at_the_very_end_that_is_reported_when_the_recording_is_over():
    last = AnnotatedRecording("a", 10, (Annotation(9.6, 10, "yes"),), (DetectedEvent(9.7, 10, 10, "yes", 0.8),))
    row = evaluated(last).overall
    assert (row.hits, row.false, row.delay_p50_s) == (1, 0, 0)


def test_a_recording_of_no_length_has_no_rate():
    assert evaluated(recording("a", seconds=0)).overall.false_alarms_per_hour == ConfidenceInterval(None, None, None)


def test_one_recording_has_no_interval_over_recordings():
    row = evaluated(recording("a", [(1, "yes")], [(1, "yes")])).overall
    assert (row.f1.value, row.f1.high) == (1, 1)
    assert row.f1.low > 0
    assert row.count_error == ConfidenceInterval(0, None, None)


def test_what_is_kept_in_json(talks):
    said = json.loads(json.dumps(talks.as_dict(), allow_nan=False))
    assert said["recordings"] == 3
    assert said["hours"] == 1
    assert said["matching"] == {"tolerance_s": 0.3, "at": "begin"}
    assert said["delay_from"] == "end"
    assert list(said["labels"]) == ["yes", "no"]
    assert said["labels"]["yes"]["recall"] == share(2, 3).as_list()
    assert said["labels"]["no"]["unjudged"] == 2
    assert said["all"]["false"] == 3
    assert said["all"]["delay_p50_s"] == 0.3
    assert said["confusion"]["counts"] == [[2, 0], [1, 1], [1, 0]]
    assert said["per_recording"][0]["name"] == "first"


@st.composite
def recordings(draw):
    """One to three recordings with sounds close to one another."""

    def sounds(labels):
        return draw(
            st.lists(st.tuples(st.integers(0, 30).map(lambda at: at / 10), st.sampled_from(labels)), max_size=6)
        )

    return [
        recording(name, sounds(("yes", "no", "no?", "dog")), sounds(LABELS), seconds=draw(st.integers(4, 99)) + 0.1)
        for name in "abc"[: draw(st.integers(1, 3))]
    ]


@settings(max_examples=15, deadline=None)
@given(recordings())
def test_whatever_the_sounds_the_measures_agree(recordings):
    evaluation = evaluated(*recordings)
    rows, everything, confusion = evaluation.measures, evaluation.overall, evaluation.confusion
    for number, row in enumerate(rows):
        events = [event for one in recordings for event in one.events if event.label == row.label]
        truth = [annotation for one in recordings for annotation in one.truth if annotation.label == row.label]
        assert row.hits + row.missed == row.annotations == len(truth)
        assert row.hits + row.false + row.unjudged == len(events)
        assert row.hits <= min(row.annotations, row.events)
        assert confusion.counts[number].sum() + confusion.missed[number] == row.annotations
        assert confusion.counts[:, number].sum() + confusion.false[number] == row.events
        assert confusion.counts[number, number] == row.hits
    for name in ("annotations", "events", "hits", "missed", "false", "unjudged"):
        assert sum(getattr(row, name) for row in rows) == getattr(everything, name)
    for name in ("annotations", "events", "hits", "missed", "false"):
        assert sum(row[name] for row in evaluation.per_recording()) == getattr(everything, name)
    json.dumps(evaluation.as_dict(), allow_nan=False)


@settings(max_examples=10, deadline=None)
@given(recordings(), st.randoms(use_true_random=False))
def test_the_order_of_recordings_and_sounds_does_not_matter(recordings, random):
    def shuffled(things):
        return tuple(random.sample(things, len(things)))

    mixed = [
        AnnotatedRecording(one.name, one.seconds, shuffled(one.truth), shuffled(one.events))
        for one in shuffled(recordings)
    ]
    one, other = evaluated(*recordings), evaluated(*mixed)
    assert one.rows() == other.rows()
    np.testing.assert_array_equal(one.confusion.counts, other.confusion.counts)


def test_a_miss_may_have_a_false_event_nearby():
    found = evaluated(
        recording("one", [(1, "yes"), (10, "yes"), (20, "no")], [(1.2, "yes"), (10.8, "yes"), (30, "no")])
    )
    assert found.near_misses_s() == [pytest.approx(0.8)]
    assert evaluated(recording("one", [(1, "yes")], [(1, "yes")])).near_misses_s() == []
