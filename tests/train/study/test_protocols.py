"""Protocols: which clips train, and which clips test."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tones import made_training
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.study.protocols import (
    at_random,
    each_group_left_out,
    each_split_left_out,
    given_split,
    unseen_groups,
)


def sounds_of(labels, groups, splits):
    return Sounds(
        [np.zeros(1, np.float32)] * len(labels),
        np.array(labels),
        tuple(map(str, range(len(labels)))),
        tuple(groups),
        tuple(splits),
        made_training,
    )


@st.composite
def recordings(draw):
    """Clips of two to four labels and up to a dozen groups; each group belongs to one of three splits."""
    number = st.tuples(st.integers(0, 3), st.integers(0, 11))
    clips = draw(st.lists(number, min_size=8, max_size=40))
    labels, groups = zip(*clips, strict=True)
    assume(len(set(groups)) >= 3)
    assume(np.bincount(labels).max() >= 3)
    assume({group % 3 for group in groups} == {0, 1, 2})
    return sounds_of(labels, (f"bird{group}" for group in groups), (f"fold{group % 3}" for group in groups))


def groups_of(sounds, mask):
    return {sounds.groups[number] for number in np.flatnonzero(mask)}


@pytest.mark.parametrize(
    "protocol",
    [
        lambda sounds: each_group_left_out(sounds, "birds"),
        lambda sounds: each_split_left_out(sounds, "folds"),
        lambda sounds: unseen_groups(sounds, "birds", folds=3),
        lambda sounds: unseen_groups(sounds, "birds", folds=2),
    ],
    ids=["groups", "splits", "folds", "halves"],
)
@settings(max_examples=50, deadline=None)
@given(sounds=recordings())
def test_no_group_is_on_both_sides_and_every_clip_is_asked_once(protocol, sounds):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of labels with few clips
        experiments = protocol(sounds)
    for experiment in experiments:
        assert not groups_of(sounds, experiment.train) & groups_of(sounds, experiment.test)
        np.testing.assert_array_equal(experiment.train, ~experiment.test)
    asked = np.sum([experiment.test for experiment in experiments], axis=0)
    np.testing.assert_array_equal(asked, 1)
    names = [experiment.name for experiment in experiments]
    assert len(set(names)) == len(names)


SOUNDS = sounds_of(
    [0, 1] * 10, [f"bird{n // 4}" for n in range(20)], [("train", "test", "-")[n // 8] for n in range(20)]
)


def test_a_given_split_is_taken_as_it_is():
    (experiment,) = given_split(SOUNDS, "its own", "train", "test")
    assert np.flatnonzero(experiment.train).tolist() == list(range(8))
    assert np.flatnonzero(experiment.test).tolist() == list(range(8, 16))
    assert experiment.protocol == "its own"


def test_at_random_any_clip_is_asked_but_none_that_was_trained_on():
    experiments = at_random(SOUNDS, "clips", 0.2, times=3)
    for experiment in experiments:
        assert experiment.test.sum() == 4
        np.testing.assert_array_equal(experiment.train, ~experiment.test)
    assert any(groups_of(SOUNDS, each.train) & groups_of(SOUNDS, each.test) for each in experiments)
    assert not np.array_equal(experiments[0].test, experiments[1].test)


@pytest.mark.parametrize("protocol", [lambda s: at_random(s, "x", 0.2, 3), lambda s: unseen_groups(s, "x", 2)])
def test_the_same_clips_are_asked_in_every_run(protocol):
    for one, other in zip(protocol(SOUNDS), protocol(SOUNDS), strict=True):
        np.testing.assert_array_equal(one.test, other.test)


def test_each_fold_of_groups_has_some_of_each_label():
    labels = [n % 2 for n in range(120)]
    many = sounds_of(labels, [f"bird{n // 4}" for n in range(120)], [""] * 120)
    for experiment in unseen_groups(many, "birds", folds=5):
        assert np.bincount(many.labels[experiment.test]).tolist() == pytest.approx([12, 12], abs=4)
