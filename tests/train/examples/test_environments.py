"""Training examples of environmental sounds."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tones import FRONTEND, made_training, make_tone
from whipbird_train.examples.environments import EnvironmentExamples, chances
from whipbird_train.examples.labelled_sounds import Sounds

WINDOW = 40


@pytest.fixture(scope="module")
def city():
    """Four clips of one drill, and one each of two sirens, of three seconds."""
    pitches = (300, 300, 300, 300, 1000, 2000)
    return Sounds(
        [make_tone(hz, seconds=3, seed=number) for number, hz in enumerate(pitches)],
        np.array([0, 0, 0, 0, 1, 1]),
        tuple(f"{number}.wav" for number in range(6)),
        ("drill", "drill", "drill", "drill", "siren", "other siren"),
        ("fold1",) * 6,
        made_training,
    )


def examples_of(sounds, frontend, window=WINDOW, seed=1):
    return EnvironmentExamples(sounds, frontend, window, seed, [])


@pytest.fixture(scope="module")
def examples(city, frontend):
    return examples_of(city, frontend)


def test_an_example_is_a_window(examples):
    assert len(examples) == 6
    for seed in range(20):
        features, label = examples(seed % 6, np.random.default_rng(seed))
        assert features.shape == (WINDOW, FRONTEND.bands)
        assert features.dtype == np.float32
        assert np.isfinite(features).all()
        assert label in (0, 1)


def test_the_same_seed_gives_the_same_example(examples):
    (one, label), (other, again) = (examples(0, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert label == again
    assert not np.array_equal(one, examples(0, np.random.default_rng(8))[0])


def test_labels_are_drawn_equally_often(examples):
    drawn = Counter(examples(0, np.random.default_rng(seed))[1] for seed in range(400))
    assert 150 < drawn[0] < 250


def test_loudness_does_not_matter(examples, city, frontend):
    quiet = examples_of(replace(city, waves=[0.1 * wave for wave in city.waves]), frontend)
    for seed in range(5):
        one, other = (made(0, np.random.default_rng(seed))[0] for made in (examples, quiet))
        np.testing.assert_allclose(one, other, atol=0.05)


def test_examples_made_otherwise_have_another_key(examples, city, frontend):
    keys = [examples_of(city, frontend, **how).key for how in ({}, {"window": 41}, {"seed": 2})]
    keys.append(examples_of(city.chosen(city.labels == 1), frontend).key)
    assert keys[0] == examples.key
    assert len(set(keys)) == 4


def test_every_recording_of_a_label_is_heard_as_often_however_many_its_cuts(city):
    np.testing.assert_allclose(chances(city.groups, city.labels), [1 / 8] * 4 + [1 / 4] * 2)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc")), min_size=1, max_size=30))
def test_labels_and_their_groups_share_the_chances(clips):
    labels, groups = np.array([label for label, _ in clips]), tuple(group for _, group in clips)
    chance = chances(groups, labels)
    kinds = sorted(set(labels.tolist()))
    for label in kinds:
        assert chance[labels == label].sum() == pytest.approx(1 / len(kinds))
        own = {group for kind, group in clips if kind == label}
        for group in own:
            share = chance[[clip == (label, group) for clip in clips]].sum()
            assert share == pytest.approx(1 / len(kinds) / len(own))
