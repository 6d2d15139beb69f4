"""Confusion of labels."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.formats.annotation import Annotation
from whipbird_train.evaluate.confusion import Confusion
from whipbird_train.evaluate.matching import AnnotatedRecording, DetectedEvent, Matching, match

NEAR = Matching(0.3)
LABELS = ("yes", "no")


def recording(truth=(), heard=()):
    """Sounds are given as (start, label) and last 0.5 s."""
    return AnnotatedRecording(
        "any",
        60.0,
        tuple(Annotation(begin, begin + 0.5, label) for begin, label in truth),
        tuple(DetectedEvent(begin, begin + 0.5, begin + 0.7, label, 0.9) for begin, label in heard),
    )


def confused(*recordings):
    return Confusion.of(recordings, [match(one.truth, one.events, NEAR) for one in recordings], LABELS)


@pytest.fixture
def talks():
    """One dog is detected as "yes", another not at all; a "no" is detected as "yes", and another without a sound."""
    return confused(
        recording(
            [(1, "yes"), (3, "yes"), (5, "no"), (7, "dog"), (9, "dog"), (20, "no?")],
            [(1.1, "yes"), (5.2, "no"), (7, "yes"), (20, "no"), (20.3, "no")],
        ),
        recording([(1, "yes"), (3, "no")], [(1.0, "yes"), (3, "yes"), (50, "no")]),
        recording(),
    )


def test_what_was_confused_with_what(talks):
    assert talks.truth == ("yes", "no", "dog")
    assert talks.heard == ("yes", "no")
    assert talks.counts.tolist() == [[2, 0], [1, 1], [1, 0]]
    assert talks.missed.tolist() == [1, 0, 1]
    assert talks.false.tolist() == [0, 1]


def test_background_comes_after_what_is_reported_by_the_alphabet():
    assert confused(recording([(1, "wren"), (2, "yes"), (3, "dog")])).truth == ("yes", "no", "dog", "wren")


def test_what_is_uncertain_is_no_row():
    assert confused(recording([(1, "dog?")], [(1, "yes")])).truth == LABELS


def test_without_recordings_there_is_nothing_to_confuse():
    nothing = confused()
    assert nothing.truth == LABELS
    assert not nothing.counts.any()


def test_it_is_kept_as_lists(talks):
    said = json.loads(json.dumps(talks.as_dict()))
    assert said == {
        "truth": ["yes", "no", "dog"],
        "heard": ["yes", "no"],
        "counts": [[2, 0], [1, 1], [1, 0]],
        "missed": [1, 0, 1],
        "false": [0, 1],
    }


places = st.integers(0, 30).map(lambda tenths: tenths / 10)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(places, st.sampled_from(("yes", "no", "dog"))), max_size=8),
    st.lists(st.tuples(places, st.sampled_from(LABELS)), max_size=8),
)
def test_rows_add_up_to_the_sounds_and_columns_to_the_events(truth, heard):
    confusion = confused(recording(truth, heard))
    sounds = [sum(label == row for _, label in truth) for row in confusion.truth]
    events = [sum(label == column for _, label in heard) for column in LABELS]
    np.testing.assert_array_equal(confusion.counts.sum(axis=1) + confusion.missed, sounds)
    np.testing.assert_array_equal(confusion.counts.sum(axis=0) + confusion.false, events)
