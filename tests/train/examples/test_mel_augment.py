"""Augmentation of mel powers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tones import FRONTEND, RATE_HZ, WINDOW, make_tone
from whipbird_train.examples.mel_augment import MelAugmenter, cut
from whipbird_train.frontend_matrices import build_frontend

SETTINGS = FRONTEND.model_copy(update={"bands": 16})
FRONT = build_frontend(SETTINGS, RATE_HZ)
AUGMENTER = MelAugmenter(FRONT, WINDOW, RATE_HZ)


def rng(seed=1):
    return np.random.default_rng(seed)


def ones():
    return np.ones((WINDOW, AUGMENTER.bands), np.float32)


def test_powers_are_the_decibels_made_linear():
    tone = make_tone(1000)
    np.testing.assert_allclose(10 * np.log10(AUGMENTER.powers(tone)), FRONT.whole(tone), atol=1e-3)
    np.testing.assert_allclose(AUGMENTER.powers(2 * tone), 4 * AUGMENTER.powers(tone), rtol=1e-3)


@given(length=st.integers(0, 12), start=st.integers(-20, 20), frames=st.integers(1, 15))
def test_beyond_both_ends_there_is_nothing(length, start, frames):
    power = np.arange(1, length + 1, dtype=np.float32)[:, None]
    expected = [n + 1 if 0 <= n < length else 0 for n in range(start, start + frames)]
    assert cut(power, start, frames)[:, 0].tolist() == expected


def test_a_filter_is_smooth_and_no_stronger_than_asked():
    gains_db = np.array([10 * np.log10(AUGMENTER.gains(rng(seed), 6.0)) for seed in range(100)])
    assert np.abs(gains_db).max() < 6 + 3 * 4 * 6 / 4  # a slope and three ripples
    assert 2 < gains_db.std() < 6
    assert np.abs(np.diff(gains_db, axis=1)).max() < 5


def test_reverberation_adds_a_tail_that_falls():
    click = np.zeros((WINDOW, AUGMENTER.bands), np.float32)
    click[5] = 1
    for seed in range(10):
        reverberated = AUGMENTER.reverberated(click, rng(seed))
        np.testing.assert_array_equal(reverberated[:6], click[:6])
        tail = reverberated[6:, 0]
        assert (tail > 0).all()
        assert (np.diff(tail) < 0).all()
        assert tail[0] < 2


def test_noise_is_about_one_in_every_band_and_coloured_only_if_asked():
    white = np.mean([AUGMENTER.noise(rng(seed), white=True) for seed in range(20)], axis=(0, 1))
    np.testing.assert_allclose(white, 1, atol=0.15)
    coloured = np.array([AUGMENTER.noise(rng(seed)).mean(axis=0) for seed in range(20)])
    assert (10 * np.log10(coloured)).std(axis=1).mean() > 3


def test_a_mask_hides_little_and_moves_by_a_band_at_most():
    ramp = np.tile(np.arange(AUGMENTER.bands, dtype=np.float32), (WINDOW, 1))
    for seed in range(30):
        masked = AUGMENTER.masked(ramp.copy(), rng(seed), most_frames=6, most_bands=3)
        hidden = masked == masked.mean()
        kept = [np.isclose(masked, np.roll(ramp, by, axis=1)) for by in (-1, 0, 1)]
        assert max(share.mean() for share in kept) > 0.65
        assert hidden.mean() < 0.35


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_is_made_is_a_power(seed):
    made = AUGMENTER.synthetic(rng(seed), 300.0, 2800.0, (110.0, 165.0))
    changed = AUGMENTER.reverberated(made, rng(seed)) * AUGMENTER.gains(rng(seed), 6.0)
    for power in (made, changed):
        assert power.shape == (WINDOW, AUGMENTER.bands)
        assert power.dtype == np.float32
        assert np.isfinite(power).all()
        assert (power >= 0).all()
    np.testing.assert_array_equal(made, AUGMENTER.synthetic(rng(seed), 300.0, 2800.0, (110.0, 165.0)))


def test_made_sounds_are_of_many_kinds():
    made = [AUGMENTER.synthetic(rng(seed), 300.0, 2800.0, (110.0, 165.0)) for seed in range(60)]
    silent = sum(not power.any() for power in made)
    assert 1 <= silent <= 15
    flat = [power.max(axis=0).argmax() for power in made if power.any()]
    assert len(set(flat)) > 5
