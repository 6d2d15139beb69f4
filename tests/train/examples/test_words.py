"""Training examples of words."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tones import LABELS, RATE_HZ, make_recipe, make_sounds
from whipbird_train.examples.augment import Augmenter
from whipbird_train.examples.words import Mixture, WordExamples

SILENCE, UNKNOWN, LOW = 0, 1, 2
CALM = Augmenter([], RATE_HZ, speed=(1, 1), shift_s=0, noise_share=0, filter_db=0, level_dbfs=(-20, -20))


def examples_of(sounds, mixture, silence=SILENCE, unknown=UNKNOWN, augmenter=CALM):
    return WordExamples(sounds, RATE_HZ, augmenter, mixture, silence, unknown, [])


def only(sounds, label):
    return sounds.chosen(sounds.labels == label)


def made(examples, seed=1):
    return [examples(index, np.random.default_rng((seed, index))) for index in range(len(examples))]


def energy(wave):
    """Share of the energy in each quarter of the sound."""
    quarters = np.square(wave.reshape(4, -1)).sum(axis=1)
    return quarters / max(quarters.sum(), 1e-12)


@pytest.mark.parametrize("seconds", [0.4, 1.0, 1.7])
def test_examples_are_of_one_length(sounds, seconds):
    length = round(seconds * RATE_HZ)
    examples = WordExamples(sounds, length, CALM, Mixture(0.2, 0.2), SILENCE, UNKNOWN, [])
    assert len(examples) == len(sounds)
    assert {wave.shape for wave, _ in made(examples)} == {(length,)}


def test_left_alone_every_word_keeps_its_label(sounds):
    labels = [label for _, label in made(examples_of(sounds, Mixture(0, 0, 0)))]
    assert labels == sounds.labels.tolist()


def test_half_a_word_is_unknown(sounds):
    for wave, label in made(examples_of(only(sounds, LOW), Mixture(cut=1, neighbour=0))):
        assert label == UNKNOWN
        shares = energy(wave)
        assert min(shares[:2].sum(), shares[2:].sum()) < 0.05  # half of the window or more is empty


def test_where_nothing_is_unknown_nothing_is_cut(sounds):
    cut = examples_of(only(sounds, LOW), Mixture(cut=1, neighbour=0), unknown=None)
    assert {label for _, label in made(cut)} == {LOW}


def test_a_neighbour_reaches_into_the_window_but_the_word_stays(sounds):
    words = only(sounds, LOW)
    short = replace(words, waves=[np.pad(wave[: RATE_HZ // 4], 3 * RATE_HZ // 8) for wave in words.waves])
    calm, beside = (made(examples_of(short, Mixture(cut=0, neighbour=share, made_silence=0))) for share in (0, 1))
    assert {label for _, label in beside} == {LOW}
    inner = slice(3 * RATE_HZ // 8, 5 * RATE_HZ // 8)
    for (alone, _), (joined, _) in zip(calm, beside, strict=True):
        assert np.corrcoef(alone[inner], joined[inner])[0, 1] > 0.99  # neighbours are beside the word, not over it
    outside = [np.delete(joined, np.arange(RATE_HZ)[inner]) for joined, _ in beside]
    assert np.mean([np.abs(rest).max() > 0.01 for rest in outside]) > 0.5  # the others are too far away


def test_silence_is_never_cut_nor_has_neighbours(sounds):
    alone = only(sounds, SILENCE).joined(only(sounds, LOW))
    for wave, label in made(examples_of(alone, Mixture(cut=1, neighbour=0, made_silence=0)))[: len(alone) // 2]:
        assert label == SILENCE
        assert energy(wave).min() > 0.15


def test_made_silence_is_not_the_clip(sounds):
    alone = only(sounds, SILENCE)
    recorded, anew = (made(examples_of(alone, Mixture(made_silence=share))) for share in (0, 1))
    assert {label for _, label in recorded + anew} == {SILENCE}
    assert not any(np.allclose(one, other, atol=1e-4) for (one, _), (other, _) in zip(recorded, anew, strict=True))


def test_running_speech_takes_the_place_of_unknown_words(sounds):
    unknown = only(sounds, UNKNOWN)
    alone, running = (made(examples_of(unknown, Mixture(0, 0, 0, running=share))) for share in (0, 1))
    assert {label for _, label in running} == {UNKNOWN}
    assert {len(wave) for wave, _ in running} == {RATE_HZ}
    assert not any(np.allclose(one, other, atol=1e-3) for (one, _), (other, _) in zip(alone, running, strict=True))
    for wave, _ in running:  # without a pause, from end to end
        assert energy(wave).min() > 0.02


def test_running_speech_may_be_recorded(sounds):
    speech = [np.sign(np.sin(np.arange(5 * RATE_HZ))).astype(np.float32)]
    unknown = only(sounds, UNKNOWN)
    examples = WordExamples(unknown, RATE_HZ, CALM, Mixture(0, 0, 0, running=1), SILENCE, UNKNOWN, [], speech)
    squares = [np.allclose(np.abs(wave), np.abs(wave).max()) for wave, _ in made(examples) + made(examples, 2)]
    assert any(squares)
    assert not all(squares)
    assert examples.key != examples_of(unknown, Mixture(0, 0, 0, running=1)).key


def test_a_word_in_the_midst_of_others_is_unknown(sounds):
    both = only(sounds, LOW).joined(only(sounds, UNKNOWN))
    words = made(examples_of(both, Mixture(0, 0, 0, swallowed=1)))
    assert {label for _, label in words} == {UNKNOWN}
    assert {len(wave) for wave, _ in words} == {RATE_HZ}


def test_shares_are_as_asked(sounds):
    words = sounds.chosen(sounds.labels > UNKNOWN)
    examples = examples_of(words, Mixture(cut=0.3, neighbour=0.0))
    rng = np.random.default_rng(1)
    labels = Counter(examples(index % len(words), rng)[1] for index in range(600))
    assert 0.25 < labels[UNKNOWN] / 600 < 0.35


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), begin=st.integers(0, RATE_HZ // 2), length=st.integers(3200, RATE_HZ // 2))
def test_half_of_what_is_loud_gives_way_to_silence(seed, begin, length):
    wave = np.zeros(RATE_HZ, np.float32)
    wave[begin : begin + length] = 0.5
    halved = examples_of(SOUNDS, Mixture())._halved(wave, np.random.default_rng(seed))
    kept = np.flatnonzero(halved)
    assert 0.3 * length < len(kept) < 0.7 * length
    assert len(kept) == kept[-1] - kept[0] + 1  # the first or the last part, in one piece
    assert kept[0] == begin or kept[-1] == begin + length - 1
    assert wave[begin] == wave[begin + length - 1] == np.float32(0.5)  # the word itself stays


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), index=st.integers(0, 39))
def test_the_same_seed_gives_the_same_example(seed, index):
    examples = examples_of(SOUNDS, Mixture(0.3, 0.3, 0.5), augmenter=Augmenter(SOUNDS.backgrounds, RATE_HZ))
    (one, label), (other, again) = (examples(index, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert label == again
    assert label in (SOUNDS.labels[index], UNKNOWN)
    assert np.abs(one).max() <= 1


SOUNDS = make_sounds()


def test_examples_made_otherwise_have_another_key(sounds):
    key = examples_of(sounds, Mixture()).key
    assert key == examples_of(make_sounds(), Mixture()).key
    others = [
        examples_of(make_sounds(takes=3), Mixture()),
        examples_of(sounds.chosen(sounds.labels != LOW), Mixture()),
        examples_of(sounds, Mixture(cut=0.1)),
        examples_of(sounds, Mixture(), unknown=None),
        examples_of(sounds, Mixture(), augmenter=Augmenter([], RATE_HZ)),
        WordExamples(sounds, RATE_HZ // 2, CALM, Mixture(), SILENCE, UNKNOWN, []),
    ]
    assert len({key, *(other.key for other in others)}) == 1 + len(others)


def test_the_recipe_of_tones_makes_examples(sounds):
    examples = make_recipe(sounds).examples(None, sounds, LABELS, 1)
    assert [data.recordings for data in examples.training] == [len(sounds)]
