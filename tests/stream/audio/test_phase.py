"""Channels that cancel out in their mix."""

import numpy as np
import pytest

from whipbird.audio.phase import Cancellation

RATE_HZ = 8_000


def found(sound, cut=1_000):
    cancellation = Cancellation(RATE_HZ, sound.shape[1])
    for start in range(0, len(sound), cut):
        part = sound[start : start + cut]
        cancellation.push(part, part.mean(axis=1))
    is_found_before_the_end = cancellation.found
    cancellation.finish()
    return is_found_before_the_end, cancellation.found


def stacked(*channels):
    return np.stack(channels, axis=1).astype(np.float32)


@pytest.fixture
def voice():
    return np.random.default_rng(1).normal(0, 0.1, 8 * RATE_HZ)


@pytest.fixture
def other():
    return np.random.default_rng(2).normal(0, 0.1, 8 * RATE_HZ)


@pytest.mark.parametrize("cut", [77, 1_000, 64_000])
@pytest.mark.parametrize("gain", [1.0, 0.7])
def test_opposite_phase(voice, gain, cut):
    assert found(stacked(voice, -gain * voice), cut) == (True, True)


def test_a_short_recording_cancels_out_if_all_of_it_does(voice):
    assert found(stacked(voice, -voice)[: 2 * RATE_HZ]) == (False, True)
    assert found(stacked(voice, np.where(np.arange(len(voice)) < RATE_HZ, -1, 1) * voice)[: 2 * RATE_HZ]) == (
        False,
        False,
    )


def test_a_pause_does_not_count(voice):
    sound = stacked(voice, -voice)
    sound[RATE_HZ : 3 * RATE_HZ] = 0
    assert found(sound) == (True, True)


def test_channels_that_do_not_cancel_out(voice, other):
    assert found(stacked(voice, voice)) == (False, False)
    assert found(stacked(voice, other)) == (False, False)
    assert found(stacked(voice, 0 * voice)) == (False, False)
    assert found(stacked(voice, *[0 * voice] * 7)) == (False, False)
    assert found(stacked(0 * voice, 0 * voice)) == (False, False)
    assert found(stacked(voice, np.roll(voice, 5))) == (False, False)  # two microphones apart


@pytest.mark.parametrize("noise_share", [0.1, 0.3, 0.5])
def test_opposite_phase_with_noise_on_each_channel(voice, other, noise_share):
    third = np.random.default_rng(3).normal(0, 0.1, len(voice))
    noise = np.sqrt(noise_share)
    assert found(stacked(voice + noise * other, -voice + noise * third)) == (True, True)


def test_calls_in_the_noise_of_each_channel(voice, other):
    """Most windows are noise; the loud ones cancel out."""
    calls = voice * np.where(np.arange(len(voice)) // RATE_HZ % 3 == 0, 3.0, 0.0)
    third = np.random.default_rng(3).normal(0, 0.1, len(voice))
    assert found(stacked(*(np.tile(channel, 3) for channel in (calls + 0.5 * other, -calls + 0.5 * third)))) == (
        True,
        True,
    )


@pytest.mark.parametrize("cut", [77, 1_000, 64_000])
@pytest.mark.parametrize("delay", [1, 3, 8])
def test_opposite_phase_with_a_delay(voice, delay, cut):
    assert found(stacked(voice, -np.roll(voice, delay)), cut) == (True, True)


def test_a_tone_that_reaches_two_microphones_in_turn_is_not_in_opposite_phase():
    tone = np.sin(2 * np.pi * 500 * np.arange(8 * RATE_HZ) / RATE_HZ)
    assert found(stacked(tone, np.roll(tone, 5))) == (False, False)
