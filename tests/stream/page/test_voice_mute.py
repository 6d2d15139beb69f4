"""Live sound is muted while somebody speaks, and otherwise what came a step before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_recordings import chirps
from whipbird.page.voice_mute import STEP_S, VoiceMute
from whipbird.sinks.clips.voices import VoiceDetector

RATE_HZ = 16_000
STEP = round(STEP_S * RATE_HZ)


@pytest.fixture(scope="module")
def detector():
    return VoiceDetector()


def let_through(detector, sound):
    """What is sent of a sound, in steps of a second, from its start on, and which of them are muted."""
    mute = VoiceMute(detector, RATE_HZ)
    sent, muted = [], []
    for step in np.append(sound, np.zeros(STEP, np.float32)).reshape(-1, STEP):
        sent.append(mute.push(step))
        muted.append(mute.is_on)
    return np.concatenate(sent[1:]), muted[1:]


def test_a_bird_is_let_through_as_it_is(detector):
    sound = chirps(8)[:, 0]
    sent, muted = let_through(detector, sound)
    np.testing.assert_array_equal(sent, sound)
    assert not any(muted)


@pytest.mark.parametrize("level", [1.0, 0.3])
def test_nothing_of_a_voice_is_sent(detector, spoken, level):
    bird = chirps(14)[:, 0]
    sound = bird.copy()
    sound[5 * STEP : 8 * STEP] += level * spoken[:, 0]
    sent, muted = let_through(detector, sound)
    assert not sent[5 * STEP : 8 * STEP].any()
    assert muted[5:8] == [True] * 3
    np.testing.assert_array_equal(sent[: 3 * STEP], bird[: 3 * STEP])
    np.testing.assert_array_equal(sent[12 * STEP :], bird[12 * STEP :])


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1e-9, 0.1, 1.0]), min_size=1, max_size=4), st.integers(0, 1000))
def test_any_sound_is_sent_whole_or_muted(detector, levels, seed):
    rng = np.random.default_rng(seed)
    sound = np.concatenate([level * rng.normal(0, 0.3, STEP) for level in levels]).astype(np.float32)
    sent, muted = let_through(detector, sound)
    for number, is_muted in enumerate(muted):
        part = slice(number * STEP, (number + 1) * STEP)
        np.testing.assert_array_equal(sent[part], 0 * sound[part] if is_muted else sound[part])
