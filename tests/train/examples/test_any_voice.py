"""Training examples of words in any voice."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tones import FRONTEND, RATE_HZ, make_sounds, make_tone
from whipbird.models.frontends.build import make_frontend
from whipbird_train.examples.any_voice import VoiceExamples, _stretched, trimmed, warped
from whipbird_train.frontend_matrices import make_matrices

WINDOW = 61
SETTINGS = FRONTEND.model_copy(update={"bands": 20})
MATRICES = make_matrices(SETTINGS, RATE_HZ)
FRONT = make_frontend(SETTINGS, MATRICES)


def words():
    made = make_sounds(takes=1)
    return made.chosen(made.labels >= 2).relabelled([2, 3, 4])


def examples_of(*sets, backgrounds=(), count=12, window=WINDOW):
    return VoiceExamples(sets, backgrounds, FRONT, MATRICES, window, RATE_HZ, count, [])


@pytest.fixture(scope="module")
def examples():
    return examples_of((words(), 1.0), backgrounds=[make_tone(0, seconds=2), make_tone(0, seconds=0.2)])


def made(examples, count=200):
    return [examples(index % len(examples), np.random.default_rng(index)) for index in range(count)]


def test_an_example_is_a_window_in_decibels(examples):
    assert len(examples) == 12
    for features, label in made(examples):
        assert features.shape == (WINDOW, SETTINGS.bands)
        assert features.dtype == np.float32
        assert np.isfinite(features).all()
        assert features.min() >= -100.01
        assert label in (0, 1, 2)


def test_the_same_seed_gives_the_same_example(examples):
    (one, label), (other, again) = (examples(0, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert label == again


def test_the_example_is_of_its_label(examples):
    """Higher tones have a higher loudest band."""
    bands = {label: [] for label in range(3)}
    for features, label in made(examples):
        bands[label].append(int(np.median(features, axis=0).argmax()))
    low, middle, high = (np.median(bands[label]) for label in range(3))
    assert low < middle < high


def test_recordings_are_drawn_as_often_as_asked():
    one, other = words(), words()
    other.labels[:] = 1
    one.labels[:] = 0
    drawn = Counter(label for _, label in made(examples_of((one, 3.0), (other, 1.0)), 400))
    assert 0.68 < drawn[0] / 400 < 0.82


@pytest.mark.parametrize("seconds", [0.06, 3.0])
def test_words_of_any_length_fit(seconds):
    sounds = make_sounds(takes=1)
    sounds.waves[:] = [make_tone(500, seconds=seconds, seed=number) for number in range(len(sounds))]
    assert {features.shape for features, _ in made(examples_of((sounds, 1.0)), 20)} == {(WINDOW, SETTINGS.bands)}


def test_examples_made_otherwise_have_another_key(examples):
    keys = {
        examples_of((words(), 1.0)).key,
        examples_of((words(), 1.0), count=13).key,
        examples_of((words(), 1.0), window=60).key,
        examples_of((words(), 1.0), (words(), 0.5)).key,
        examples_of((make_sounds(takes=1), 1.0)).key,
        examples.key,  # with backgrounds
    }
    assert len(keys) == 6
    assert examples_of((words(), 1.0)).key in keys


@pytest.mark.parametrize("factor", [0.82, 1.0, 1.22])
def test_bands_are_moved_to_other_frequencies(factor):
    mel = MATRICES["mel"]
    middles = [matrix @ np.arange(mel.shape[1]) / matrix.sum(axis=1) for matrix in (mel, warped(mel, factor))]
    inside = middles[0] * factor < 0.9 * mel.shape[1]
    np.testing.assert_allclose(middles[1][inside], factor * middles[0][inside], rtol=0.06)
    assert (warped(mel, factor).sum(axis=1) > 0).all()


def test_silence_at_both_ends_is_cut_off():
    word = make_tone(500, seconds=0.5)
    quiet = np.concatenate((make_tone(0, seconds=1.0), word, make_tone(0, seconds=0.7)))
    assert len(trimmed(quiet, RATE_HZ)) == pytest.approx(len(word) + 2 * 0.05 * RATE_HZ, abs=0.02 * RATE_HZ)
    np.testing.assert_array_equal(trimmed(word, RATE_HZ), word)
    assert len(trimmed(np.zeros(800, np.float32), RATE_HZ)) == 800


@given(st.integers(2, 50), st.floats(0.8, 1.25))
def test_a_stretched_word_begins_and_ends_as_before(frames, factor):
    power = np.arange(frames, dtype=np.float32)[:, None]
    stretched = _stretched(power, factor)
    assert len(stretched) == max(5, round(frames * factor))
    assert stretched[0, 0] == 0
    assert stretched[-1, 0] == pytest.approx(frames - 1, rel=1e-5)
    assert (np.diff(stretched[:, 0]) > 0).all()
