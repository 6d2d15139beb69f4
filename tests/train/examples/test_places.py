"""Places: rooms, microphones and telephones keep level and time, and change all else."""

import numpy as np
import pytest

from whipbird_train.examples.augment import rms
from whipbird_train.examples.places import Places, in_room

RATE_HZ = 16_000


def response(delay=300, seconds=0.3):
    """A direct sound after a delay, and echoes that die away."""
    rng = np.random.default_rng(1)
    count = round(seconds * RATE_HZ)
    echoes = rng.normal(0, 0.1, count) * np.exp(-np.arange(count) / (0.05 * RATE_HZ))
    echoes[0] = 1
    return np.concatenate((np.zeros(delay), echoes)).astype(np.float32)


def click():
    sound = np.zeros(RATE_HZ, np.float32)
    sound[4000] = 0.5
    return sound


def test_a_room_adds_echoes_but_no_delay_and_keeps_the_level():
    heard = in_room(click(), response())
    assert np.abs(heard).argmax() == 4000
    assert np.abs(heard[:3990]).max() < 1e-6
    assert np.abs(heard[4100:6000]).max() > 0.01
    assert rms(heard) == pytest.approx(rms(click()), rel=1e-4)


def test_the_nearer_the_drier():
    near, far = (in_room(click(), response(), dry) for dry in (3.0, 0.0))
    assert np.abs(near[4100:]).max() < np.abs(far[4100:]).max()


@pytest.mark.parametrize("shares", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)])
def test_every_change_keeps_length_and_level(shares, noise):
    places = Places([response()], RATE_HZ, *shares)
    heard = places.sound(noise, np.random.default_rng(2))
    assert heard.shape == noise.shape
    assert heard.dtype == np.float32
    assert rms(heard) == pytest.approx(rms(noise), rel=1e-3)
    assert not np.array_equal(heard, noise)


def test_cheap_microphones_lose_lows_and_highs(noise):
    places = Places([], RATE_HZ, 0, 1, 0)
    rng = np.random.default_rng(3)
    lost = []
    for _ in range(30):
        power = np.square(np.abs(np.fft.rfft(places.sound(noise, rng))))
        lost.append([power[:40].mean(), power[7900:].mean(), power[800:2000].mean()])
    low, high, middle = np.mean(lost, axis=0)
    assert low < 0.5 * middle
    assert high < 0.5 * middle


def test_the_same_seed_gives_the_same_place(noise):
    places = Places([response(), response(10)], RATE_HZ, 0.5, 0.5, 0.5)
    one, again, other = (places.sound(noise, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_without_rooms_there_is_no_reverberation(noise):
    np.testing.assert_allclose(Places([], RATE_HZ, 1, 0, 0).sound(noise, np.random.default_rng(1)), noise, rtol=1e-5)
