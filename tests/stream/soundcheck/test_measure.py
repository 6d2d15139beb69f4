"""Measure a played sound through simulated rooms and microphones."""

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import fftconvolve

from whipbird.soundcheck.measure import measure, stimulus

RATE_HZ = 48_000


def recorded(played, rate_hz=RATE_HZ, gain=0.1, noise=1e-4, before=RATE_HZ, response=(1.0,)):
    """The sound as a microphone would record it, some samples after recording started."""
    sound = soxr.resample(played.sound, played.rate_hz, rate_hz) if played.rate_hz != rate_hz else played.sound
    sound = gain * fftconvolve(sound, response)
    recording = np.random.default_rng(1).normal(0, noise, before + len(sound) + rate_hz // 2)
    recording[before : before + len(sound)] += sound
    return recording.astype(np.float32)


@given(st.integers(RATE_HZ // 2, 2 * RATE_HZ), st.floats(0.02, 0.9))
@settings(max_examples=10, deadline=None)
def test_the_sound_is_found_at_its_start(before, gain):
    played = stimulus(RATE_HZ, -12, RATE_HZ)
    measured = measure(recorded(played, gain=gain, before=before), RATE_HZ, RATE_HZ // 2, played)
    assert measured.found
    assert measured.start == pytest.approx(before, abs=2)
    assert measured.level_dbfs == pytest.approx(-12 - 3.2 + 20 * np.log10(gain), abs=0.3)
    assert measured.noise_dbfs == pytest.approx(-80, abs=0.2)


@pytest.mark.parametrize(("speaker_hz", "microphone_hz"), [(44_100, 48_000), (48_000, 16_000), (48_000, 8000)])
def test_rates_may_differ(speaker_hz, microphone_hz):
    played = stimulus(speaker_hz, -12, microphone_hz)
    recording = recorded(played, microphone_hz, before=microphone_hz)
    measured = measure(recording, microphone_hz, microphone_hz, played)
    assert measured.found
    assert measured.start == pytest.approx(microphone_hz, abs=3)
    assert measured.band_hz[1] == pytest.approx(0.475 * min(speaker_hz, microphone_hz), rel=0.05)


def test_the_band_is_that_of_the_microphone():
    played = stimulus(RATE_HZ, -12, RATE_HZ)
    narrow = soxr.resample(soxr.resample(recorded(played, noise=0), RATE_HZ, 8000), 8000, RATE_HZ)
    noise = np.random.default_rng(2).normal(0, 1e-4, len(narrow))
    measured = measure((narrow + noise).astype(np.float32), RATE_HZ, RATE_HZ, played)
    assert measured.band_hz == (pytest.approx(60, abs=40), pytest.approx(4000, abs=250))


def test_the_sound_is_found_in_an_echoing_room():
    response = np.random.default_rng(3).normal(0, 1, 12_000) * np.exp(-np.arange(12_000) / 2000) * 0.1
    response[0] = 1
    played = stimulus(RATE_HZ, -12, RATE_HZ)
    measured = measure(recorded(played, response=response), RATE_HZ, RATE_HZ, played)
    assert measured.found
    assert measured.start == pytest.approx(RATE_HZ, abs=5)


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_not_taken_for_the_sound(seed):
    played = stimulus(RATE_HZ, -12, RATE_HZ)
    noise = np.random.default_rng(seed).normal(0, 0.01, 4 * RATE_HZ).astype(np.float32)
    measured = measure(noise, RATE_HZ, RATE_HZ, played)
    assert not measured.found
    assert measured.level_dbfs is None


def test_silence_is_not_taken_for_the_sound():
    measured = measure(np.zeros(4 * RATE_HZ, np.float32), RATE_HZ, RATE_HZ, stimulus(RATE_HZ, -12, RATE_HZ))
    assert not measured.found
    assert measured.noise_dbfs is None
