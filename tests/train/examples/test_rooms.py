"""Rooms keep level and time, and add echoes."""

import numpy as np
import pytest

from whipbird_train.examples.augment import rms
from whipbird_train.examples.rooms import in_room

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
