"""Augmentation keeps what the network relies on: length, range, finite numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird_train.examples.augment import Augmenter, loud_bounds, make_babble, mask, random_piece, rms, scale_to_dbfs

RATE_HZ = 16_000


@pytest.fixture
def augmenter(noise):
    return Augmenter([np.tile(noise, 3)], RATE_HZ)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), silent=st.booleans())
def test_any_change_gives_sound_of_the_same_length(seed, silent):
    clip = np.zeros(RATE_HZ, np.float32)
    if not silent:
        clip[4_000:8_000] = np.sin(np.arange(4_000) / 10)
    augmenter = Augmenter([np.random.default_rng(0).normal(0, 0.1, 40_000).astype(np.float32)], RATE_HZ)
    changed = augmenter.sound(clip, np.random.default_rng(seed))
    made = augmenter.silence(RATE_HZ, np.random.default_rng(seed))
    for sound in (changed, made):
        assert sound.shape == (RATE_HZ,)
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= 1


def test_the_same_seed_gives_the_same_sound(augmenter, noise):
    one, other = (augmenter.sound(noise, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_a_share_of_the_clips_is_put_in_a_place(noise):
    placed = []
    augmenter = Augmenter([], RATE_HZ, place=lambda clip, rng: placed.append(clip) or clip, place_share=0.3)
    rng = np.random.default_rng(1)
    for _ in range(200):
        augmenter.sound(noise[:4000], rng)
    assert 0.2 < len(placed) / 200 < 0.4


def test_levels_are_as_asked(noise):
    assert 20 * np.log10(rms(scale_to_dbfs(noise, -33.0))) == pytest.approx(-33, abs=0.01)


def test_levels_span_the_range(augmenter, noise):
    rng = np.random.default_rng(1)
    levels = [20 * np.log10(rms(augmenter.sound(noise, rng))) for _ in range(100)]
    assert min(levels) < -40
    assert max(levels) > -14


@given(begin=st.integers(0, 84), length=st.integers(10, 99), to_end=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_what_is_short_moves_to_the_end_and_no_further(begin, length, to_end, seed):
    clip, sound = np.zeros(RATE_HZ, np.float32), slice(begin * 160, (begin + length) * 160)
    clip[sound] = 0.5
    augmenter = Augmenter([], RATE_HZ, speed=(1, 1), shift_s=0.05, to_end=to_end, noise_share=0, filter_db=0)
    first, last = loud_bounds(augmenter.sound(clip, np.random.default_rng(seed)))
    by_s = (first - loud_bounds(clip)[0]) / RATE_HZ
    assert by_s > -0.07
    assert by_s <= max(0.07, (RATE_HZ - loud_bounds(clip)[1]) / RATE_HZ if to_end else 0)
    assert first < last <= RATE_HZ


def test_a_short_word_is_heard_at_every_place_up_to_the_end():
    clip = np.zeros(RATE_HZ, np.float32)
    clip[4_800:8_000] = 0.5
    augmenter = Augmenter([], RATE_HZ, speed=(1, 1), shift_s=0.1, to_end=True, noise_share=0, filter_db=0)
    rng = np.random.default_rng(1)
    ends_s = [loud_bounds(augmenter.sound(clip, rng))[1] / RATE_HZ for _ in range(200)]
    assert min(ends_s) < 0.43
    assert max(ends_s) > 0.97


def test_a_mask_hides_little_and_leaves_the_rest(noise):
    features = np.arange(97 * 40, dtype=np.float32).reshape(97, 40)
    masked = features.copy()
    mask(masked, np.random.default_rng(3))
    changed = (masked != features).mean()
    assert 0 < changed < 0.3


def test_a_piece_is_from_anywhere_within_one_sound():
    sounds = [np.arange(100, dtype=np.float32) + 1, np.arange(30, dtype=np.float32) + 1001]
    starts = [random_piece(sounds, 40, np.random.default_rng(seed)) for seed in range(40)]
    assert {len(cut) for cut in starts} == {40}
    long = [cut for cut in starts if cut.max() <= 100]
    assert len({cut[0] for cut in long}) > 5
    assert all((np.diff(cut) == 1).all() for cut in long)
    assert all((cut > 0).sum() == 30 for cut in starts if cut.max() > 100)  # the shorter one, whole


def test_babble_is_of_several_voices_without_a_gap():
    time = np.arange(4_000) / 8_000
    voices = [np.sin(2 * np.pi * hz * time).astype(np.float32) for hz in (200, 300, 500, 700, 1100)]
    for babble in make_babble(voices, 3, 16_000, np.random.default_rng(1)):
        assert babble.shape == (16_000,)
        assert babble.dtype == np.float32
        assert min(rms(part) for part in np.split(babble, 16)) > 0.005
