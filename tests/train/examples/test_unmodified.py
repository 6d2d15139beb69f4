"""Unmodified training examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tones import make_sounds
from whipbird_train.datasets.clips import fit_length, repeated
from whipbird_train.examples.unmodified import UnmodifiedExamples, silence_in_front


@given(st.integers(0, 20), st.integers(1, 20))
def test_what_is_short_comes_after_silence_and_what_is_long_is_cut(count, length):
    wave = np.arange(1, count + 1, dtype=np.float32)
    fitted = silence_in_front(wave, length)
    missing = max(0, length - count)
    assert fitted.tolist() == [0] * missing + list(range(1, length - missing + 1))


@pytest.mark.parametrize("fitted", [silence_in_front, repeated, fit_length])
def test_every_round_has_the_same_examples_in_order(sounds, fitted):
    examples = UnmodifiedExamples(sounds, 10_000, fitted, [])
    assert len(examples) == len(sounds)
    for index in (0, len(sounds) - 1):
        (one, label), (other, _) = (examples(index, np.random.default_rng(seed)) for seed in (1, 2))
        np.testing.assert_array_equal(one, fitted(sounds.waves[index], 10_000))
        np.testing.assert_array_equal(one, other)
        assert label == sounds.labels[index]


def test_examples_made_otherwise_have_another_key(sounds):
    made = [
        UnmodifiedExamples(sounds, 10_000, repeated, []),
        UnmodifiedExamples(sounds, 10_001, repeated, []),
        UnmodifiedExamples(sounds, 10_000, fit_length, []),
        UnmodifiedExamples(make_sounds(takes=1), 10_000, repeated, []),
    ]
    assert len({examples.key for examples in made}) == len(made)
    assert UnmodifiedExamples(make_sounds(), 10_000, repeated, []).key == made[0].key
